using System.CommandLine;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;

namespace Thpc.NodeAgent.Cli;

/// <summary>`config init`: writes a first configuration.</summary>
internal static class ConfigInitCommand
{
    private static readonly Option<string?> ClusterId = new("--cluster-id") { Description = "cluster ID", HelpName = "ID" };
    private static readonly Option<string?> NodeRole = new("--node-role")
    {
        Description = "role of this node",
        HelpName = "COMPUTE|LOGIN|MANAGER|MANAGER_BACKUP",
    };
    private static readonly Option<string?> SchedulerType = new("--scheduler-type")
    {
        Description = "scheduler (default: SLURM)",
        HelpName = "TYPE",
    };
    private static readonly Option<string?> AccountType = new("--account-type")
    {
        Description = "account service of the cluster (default: NIS)",
        HelpName = "TYPE",
    };
    private static readonly Option<string[]> InitScript = new("--init-script")
    {
        Description = "URL of an init script; can be repeated",
        HelpName = "URL",
    };
    private static readonly Option<string?> LocalPath = new("--local-path")
    {
        Description = "mount point of the first CFS",
        HelpName = "DIR",
    };
    private static readonly Option<string?> RemotePath = new("--remote-path")
    {
        Description = "mount target of the first CFS, such as 172.30.3.90:/",
        HelpName = "TARGET",
    };
    private static readonly Option<string?> Output = new("--output")
    {
        Description = "file to write (default: the configuration file)",
        HelpName = "FILE",
    };
    private static readonly Option<bool> Force = new("--force") { Description = "replace the file if it exists" };

    private static readonly Option<bool> Json = new("--json") { Description = "print the file's name as JSON" };

    private static readonly (string Text, Func<FirstConfig, bool> IsGiven, Func<FirstConfig, string, FirstConfig> Set, string? Default)[]
        Questions =
    [
        (
            "Cluster ID, such as hpc-8hje8h12: ", first => first.ClusterId is not null,
            (first, answer) => first with { ClusterId = answer }, null
        ),
        (
            $"Role of this node ({NodeRoles.All}): ", first => first.NodeRole is not null,
            (first, answer) => first with { NodeRole = answer }, null
        ),
        (
            "Scheduler [SLURM]: ", first => first.SchedulerType is not null,
            (first, answer) => first with { SchedulerType = answer }, ConfigKeys.SchedulerType.Default
        ),
        (
            "URL of the first init script, cos://, https:// or file:// [none]: ", first => first.InitScripts.Count > 0,
            (first, answer) => answer.Length == 0 ? first : first with { InitScripts = [answer] }, ""
        ),
        (
            "Mount target of the first storage, such as 172.30.3.90:/ [none]: ", first => first.RemotePath is not null,
            (first, answer) => answer.Length == 0 ? first : first with { RemotePath = answer }, ""
        ),
        (
            "Mount point of that storage [/opt]: ", first => first.RemotePath is null || first.LocalPath is not null,
            (first, answer) => first with { LocalPath = answer }, "/opt"
        ),
    ];

    public static Command Create()
    {
        var command = new Command("init", AgentCommand.Describe(
            "Write a first configuration.",
            "Takes the values from options. On a terminal it asks for what is missing if there is no --cluster-id or no "
                + "--node-role. Validates the values before it writes the file. The file has every key with its meaning, as comments.",
            "thpc-node-agent config init --cluster-id hpc-8hje8h12 --node-role COMPUTE"))
        {
            ClusterId, NodeRole, SchedulerType, AccountType, InitScript, LocalPath, RemotePath, Output, Force, Json,
        };
        command.OnRun((parse, cancel) => RunAsync(GlobalOptions.From(parse), parse, cancel));
        return command;
    }

    private static async Task<int> RunAsync(GlobalOptions globals, ParseResult parse, CancellationToken cancel)
    {
        var output = parse.GetValue(Output);
        var (name, path) = output is null ? (globals.ConfigName, globals.ConfigPath) : (output, output);
        if (!parse.GetValue(Force) && FileStatus.Read(path, link: true) is not null)
        {
            throw new AgentException(ErrorCode.ConfigInvalid, Messages.FileExists(name), Hints.ConfigExists);
        }

        var first = new FirstConfig
        {
            ClusterId = parse.GetValue(ClusterId),
            NodeRole = parse.GetValue(NodeRole),
            SchedulerType = parse.GetValue(SchedulerType),
            AccountType = parse.GetValue(AccountType),
            InitScripts = parse.GetValue(InitScript) ?? [],
            LocalPath = parse.GetValue(LocalPath),
            RemotePath = parse.GetValue(RemotePath),
        };
        if (first.ClusterId is null || first.NodeRole is null)
        {
            first = await AskAsync(first, cancel);
        }

        await ConfigFileReader.CreateAsync(path, first.Write(name), withDirectory: output is null, cancel);
        if (parse.GetValue(Json))
        {
            JsonOutput.Write(writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("file", name);
                writer.WriteEndObject();
            });
            return ExitCode.Done;
        }

        TerminalOutput.WriteLine($"{name}: written. See what a run would do with `thpc-node-agent bootstrap --dry-run`.");
        return ExitCode.Done;
    }

    /// <summary>Asks for each value that no option gives, until the answer is valid.</summary>
    /// <exception cref="AgentException">CONFIG_INVALID: there is no terminal, or its input ended.</exception>
    private static async Task<FirstConfig> AskAsync(FirstConfig first, CancellationToken cancel)
    {
        if (Console.IsInputRedirected)
        {
            var missing = first.ClusterId is null ? "--cluster-id" : "--node-role";
            throw new AgentException(
                ErrorCode.ConfigInvalid,
                Messages.MissingOption(missing),
                Hints.GiveInitOptions);
        }

        first.Validate();
        foreach (var (text, isGiven, set, otherwise) in Questions)
        {
            first = isGiven(first) ? first : await AskAsync(first, text, set, otherwise, cancel);
        }

        return first;
    }

    private static async Task<FirstConfig> AskAsync(
        FirstConfig first, string text, Func<FirstConfig, string, FirstConfig> set, string? otherwise, CancellationToken cancel)
    {
        while (true)
        {
            TerminalOutput.WriteError(text);
            var answer = (await Terminal.ReadLineAsync(cancel))?.Trim() ?? throw new AgentException(
                ErrorCode.ConfigInvalid, Messages.InputEnded, Hints.GiveInitOptions);
            answer = answer.Length == 0 ? otherwise : answer;
            var next = answer is null ? null : set(first, answer);
            if (next?.Problem() is { } problem)
            {
                TerminalOutput.WriteErrorLine($"  {problem}");
            }
            else if (next is not null)
            {
                return next;
            }
        }
    }
}
