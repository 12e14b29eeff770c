# Tab completion of thpc-node-agent for bash. Install as /usr/share/bash-completion/completions/thpc-node-agent,
# or source it. The executable computes the completions.
_thpc_node_agent() {
  local word=${COMP_WORDS[COMP_CWORD]}
  case ${COMP_WORDS[COMP_CWORD - 1]} in
    --config | --json-file | --svg | --types | --html) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
    --root) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$(thpc-node-agent "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null | grep -v '^/')" -- "$word")
}
complete -o default -F _thpc_node_agent thpc-node-agent
