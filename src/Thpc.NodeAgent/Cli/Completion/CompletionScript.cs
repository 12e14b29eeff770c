namespace Thpc.NodeAgent.Cli;

/// <summary>
/// The completion scripts. Each calls the executable with the words typed so far and gets a word, a tab and a description on each line, or
/// a line that makes the shell complete names of files.
/// </summary>
internal static class CompletionScript
{
    public static IReadOnlyList<string> Shells { get; } = ["bash", "zsh", "fish"];

    public static string Of(string shell) => shell switch
    {
        "zsh" => Zsh,
        "fish" => Fish,
        _ => Bash,
    };

    private const string Bash = """
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

        """;

    private const string Zsh = """
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

        """;

    private const string Fish = """
        # Tab completion of thpc-node-agent for fish, as `thpc-node-agent completion fish` prints it.
        function __thpc_node_agent_complete
            set -l words (commandline -opc)
            set -l current (commandline -ct | string replace -r '^["\']' '' | string unescape)
            set -l lines ($words[1] '[complete]' $words[2..-1] "$current" 2>/dev/null)
            switch "$lines[1]"
                case ':files*'
                    __fish_complete_path "$current"
                case ':directories*'
                    __fish_complete_directories "$current"
                case '*'
                    test (count $lines) -gt 0; and printf '%s\n' $lines
            end
        end
        complete -c thpc-node-agent -f -a '(__thpc_node_agent_complete)'

        """;
}
