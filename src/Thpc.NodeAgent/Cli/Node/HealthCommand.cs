using System.CommandLine;
using Thpc.NodeAgent.Bootstrap;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Stages.Mount;

namespace Thpc.NodeAgent.Cli;

/// <summary>`health`: whether the node is ready and its mounts are healthy, within one second, for Slurm's HealthCheckProgram.</summary>
internal static class HealthCommand
{
    // The command promises one second; the rest is for process start and a busy machine.
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(700);
    private static readonly TimeSpan OptionFileLimit = TimeSpan.FromMilliseconds(250);
    private static readonly Option<bool> Json = new("--json") { Description = "print as JSON" };

    public static Command Create()
    {
        var command = new Command("health", AgentCommand.Describe(
            "Check that this boot succeeded and that mounts respond.",
            "For HealthCheckProgram of Slurm. Answers within one second. Prints a line for each problem, its error "
                + "code first; then exit code 5.",
            "thpc-node-agent health"))
        {
            Json,
        };
        command.OnRun((parse, cancel) => RunAsync(GlobalOptions.From(parse), parse.GetValue(Json), cancel));
        return command;
    }

    private static async Task<int> RunAsync(GlobalOptions globals, bool json, CancellationToken cancel)
    {
        // Without a configuration there is no bootstrap to wait for.
        var notReady = globals.ConfigText is null ? null : Readiness.Problem(globals.Root);

        // With an invalid configuration the mounts are unknown.
        IReadOnlyList<MountPointState> mounts =
            notReady?.Reason == ErrorCode.ConfigInvalid ? [] : await InspectAsync(globals, cancel);
        var unhealthy = mounts.Where(mount => mount.Problem is not null).ToList();
        if (json)
        {
            var all = mounts.Select(mount => ((string?)mount.LocalPath, mount.Problem));
            ProblemOutput.WriteJson(notReady is null ? all : all.Prepend((null, notReady.Value.Error)));
        }
        else
        {
            if (notReady is { } node)
            {
                TerminalOutput.WriteLine(ProblemOutput.Line(node.Reason?.Name, node.Error));
            }

            unhealthy.ForEach(mount => TerminalOutput.WriteLine(ProblemOutput.Line(mount.LocalPath, mount.Problem!)));
            if (notReady is null && unhealthy.Count == 0)
            {
                var paths = string.Join(", ", mounts.Select(mount => mount.LocalPath));
                TerminalOutput.WriteLine($"ok: {(mounts.Count == 0 ? "no storage is configured" : paths)}");
            }
        }

        return notReady is null && unhealthy.Count == 0 ? ExitCode.Done : ExitCode.CheckFoundProblems;
    }

    private static async Task<IReadOnlyList<MountPointState>> InspectAsync(GlobalOptions globals, CancellationToken cancel)
    {
        var state = new StorageState(DriverContext.Create(globals.LoadConfig(limit: OptionFileLimit).Config, globals.Root));
        var mounts = await state.InspectAsync(state.Known.OrderBy(storage => storage.LocalPath, StringComparer.Ordinal), Limit, cancel);
        var reading = state.ReadNfs(keep: true);
        if (globals.Verbose)
        {
            WriteNfs(reading, globals.Language);
        }

        return mounts;
    }

    /// <summary>A slow server is no failure: jobs on it still run, so it is only a warning.</summary>
    private static void WriteNfs(NfsReading reading, Language language)
    {
        foreach (var interval in reading.Mounts)
        {
            var slowest = interval.Slowest is null ? "" : $"; slowest {interval.Slowest}: {interval.Milliseconds} ms";
            VerboseLog.Write(
                $"NFS {interval.LocalPath}: {interval.Requests} requests in {interval.Seconds} s, {interval.Resent} sent again{slowest}");
            if (interval.Problem is { } problem)
            {
                TerminalOutput.Warn([problem.In(language)]);
            }
        }

        if (reading.Tcp is { } tcp)
        {
            VerboseLog.Write($"TCP: {tcp.Sent} segments in {tcp.Seconds} s, {tcp.SentAgain} sent again");
            if (tcp.Problem is { } lost)
            {
                TerminalOutput.Warn([lost.In(language)]);
            }
        }
    }
}
