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
