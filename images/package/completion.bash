# Tab completion of thpc-node-agent for bash, as `thpc-node-agent completion bash` prints it.
_thpc_node_agent() {
  local word=${COMP_WORDS[COMP_CWORD]} quote='' line
  COMPREPLY=()
  [[ $word == [\"\']* ]] && quote=${word:0:1} word=${word:1}
  [[ $word == = ]] && word=''
  word=${word//\\/}
  while IFS= read -r line; do
    line=${line%%$'\t'*}
    case $line in
      :files | :directories)
        compopt -o filenames 2>/dev/null
        [[ $line == :files ]] && line=-f || line=-d
        mapfile -t COMPREPLY < <(compgen "$line" -- "$word")
        return
        ;;
    esac
    [[ -z $quote && $line == *[!A-Za-z0-9_./,:=@+-]* ]] && printf -v line %q "$line"
    COMPREPLY+=("$line")
  done < <("${COMP_WORDS[0]}" '[complete]' "${COMP_WORDS[@]:1:COMP_CWORD-1}" "$word" 2>/dev/null)
}
complete -F _thpc_node_agent thpc-node-agent
