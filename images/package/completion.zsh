#compdef thpc-node-agent
# Tab completion of thpc-node-agent for zsh, as `thpc-node-agent completion zsh` prints it.
_thpc_node_agent() {
  local line
  local -a found
  while IFS= read -r line; do
    case $line in
      :files*) _files; return ;;
      :directories*) _files -/; return ;;
    esac
    found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
  done < <("$words[1]" '[complete]' "${(@Q)words[2,CURRENT]}" 2>/dev/null)
  _describe -V 'thpc-node-agent' found
}
if [ "$funcstack[1]" = _thpc-node-agent ]; then
  _thpc_node_agent "$@"
else
  compdef _thpc_node_agent thpc-node-agent
fi
