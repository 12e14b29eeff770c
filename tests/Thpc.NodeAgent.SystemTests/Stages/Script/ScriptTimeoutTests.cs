using Thpc.NodeAgent.Host.Native;

namespace Thpc.NodeAgent.SystemTests.Stages.Script;

/// <summary>Scripts that exceed their limit and try to survive. All run in parallel, because each takes the minimum limit.</summary>
public sealed class ScriptTimeoutTests(ScriptTimeoutTests.Runs runs) : IClassFixture<ScriptTimeoutTests.Runs>
{
    private static readonly Dictionary<string, string> Disguises = new()
    {
        ["itself"] = "exec sleep 1000",
        ["a child"] = "sleep 1000; true",
        ["in the background"] = "sleep 1000 & sleep 1000 & wait",
        ["in a session of its own"] = "setsid sleep 1000 & sleep 1000",
        ["forked twice"] = "(setsid sh -c 'sleep 1000 & sleep 1000 &' &) ; sleep 1000",
        ["a daemon"] = "perl -MPOSIX -e 'exit if fork; POSIX::setsid(); exit if fork; chdir \"/\"; close STDIN; close STDOUT; close "
            + "STDERR; sleep 1000'; sleep 1000",
        ["deaf to TERM"] = "trap '' TERM HUP INT; sleep 1000; sleep 1000",
        ["stopped"] = "sh -c 'trap \"\" TERM; kill -STOP $$; sleep 1000' & kill -STOP $$; sleep 1000",
        ["two hundred"] = "for i in $(seq 200); do sleep 1000 & done; wait",
        ["in groups of their own"] = "set -m; sleep 1000 & sleep 1000 & sleep 1000",
        ["without output"] = "exec >&- 2>&- <&-; sleep 1000 & sleep 1000",
        ["starting again at TERM"] = "trap 'setsid sleep 1000 & setsid sleep 1000 &' TERM; while :; do sleep 1000; done",
        ["a chain in which each starts the next and ends"] = $"perl -e '{Chain("")}'",
        ["a chain of sessions"] = $"perl -MPOSIX -e '{Chain("POSIX::setsid();")}'",
        ["in a process namespace of its own"] = "unshare --pid --fork sh -c 'sleep 1000 & sleep 1000' & sleep 1000",
    };

    // A scan of /proc may miss it, so it leaves a trace. If it escapes, it ends by itself.
    private static string Chain(string link) => $$"""
        if (fork) { sleep 1000 } $SIG{TERM} = "IGNORE"; $end = time + 60; while (time < $end) { exit if fork; {{link}}
        """ + """
         open(F, ">>", "chain"); print F "x"; close(F); select(undef, undef, undef, 0.004) }
        """;

    public static TheoryData<string> Names => [.. Disguises.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Timeout_kills_all_processes_of_script(string disguise)
    {
        Needs.RootUser();
        var outcome = runs.Outcomes[disguise];
        Assert.Equal((124, "SCRIPT_TIMEOUT", "about to wait\n"), (outcome.ExitCode, outcome.Code, outcome.Log));
        Assert.Empty(outcome.Left);
        Assert.Equal(disguise.StartsWith("a chain", StringComparison.Ordinal), outcome.Links > 100);
        Assert.Equal(0, outcome.LaterLinks);
    }

    [Fact]
    public void Error_names_limit_log_and_last_output()
    {
        Needs.RootUser();
        var outcome = runs.Outcomes["a child"];
        Assert.Contains("still running after 10 s", outcome.Message, StringComparison.Ordinal);
        Assert.Contains("last output: about to wait", outcome.Message, StringComparison.Ordinal);
        Assert.Contains("init-script-1.log", outcome.Hint, StringComparison.Ordinal);
        Assert.Equal("about to wait\n", outcome.Log);
    }

    [Fact]
    public void Output_after_TERM_is_captured()
    {
        Needs.RootUser();
        Assert.Equal("about to wait\ncleaned up\n", runs.Polite?.Log);
        Assert.Equal("about to wait\ncleaned up\n", runs.Stopped?.Log);
    }

    // Reading the last output is part of ending the script.
    [Fact]
    public void Redaction_of_unfinished_secret_is_limited()
    {
        Needs.RootUser();
        Assert.Equal((124, "SCRIPT_TIMEOUT"), (runs.Secretive?.ExitCode, runs.Secretive?.Code));
        Assert.Empty(runs.Secretive!.Left);
    }

    [Fact]
    public void Timeout_spares_processes_of_earlier_script()
    {
        Needs.RootUser();
        Assert.Equal(124, runs.Second?.ExitCode);
        Assert.Empty(runs.Second!.Left);
        Assert.Equal(4, runs.DaemonsLeft);
    }

    internal sealed record Outcome(
        int ExitCode, string? Code, string? Message, string? Hint, string Log, IReadOnlyList<int> Left, long Links, long LaterLinks);

#pragma warning disable CA1034 // It belongs to this class alone.
    public sealed class Runs : IAsyncLifetime
#pragma warning restore CA1034
    {
        internal Dictionary<string, Outcome> Outcomes { get; } = [];

        internal Outcome? Polite { get; private set; }

        internal Outcome? Stopped { get; private set; }

        internal Outcome? Secretive { get; private set; }

        internal Outcome? Second { get; private set; }

        internal int DaemonsLeft { get; private set; }

        public async ValueTask InitializeAsync()
        {
            if (IsRoot())
            {
                const string CleanUp = "trap 'echo cleaned up; exit 0' TERM; ";
                var polite = RunAsync(CleanUp + "while :; do sleep 0.05; done");
                var stopped = RunAsync(CleanUp + "kill -STOP $$; while :; do sleep 0.05; done");
                var secretive = RunAsync("yes secret | head -c 70000 | tr -d '\\n'; sleep 1000");
                var second = RunSecondAsync();
                foreach (var (name, outcome) in await Task.WhenAll(Disguises.Select(async pair => (pair.Key, await RunAsync(pair.Value)))))
                {
                    Outcomes[name] = outcome;
                }

                Polite = await polite;
                Stopped = await stopped;
                Secretive = await secretive;
                (Second, DaemonsLeft) = await second;
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private static bool IsRoot() => NativeMethods.EffectiveUserId() == 0;

        private static async Task<Outcome> RunAsync(string script)
        {
            using var node = new TemporaryNode();
            node.Configure("[script]\nkill_grace = 1");
            return await RunAsync(node, script);
        }

        private static async Task<Outcome> RunAsync(TemporaryNode node, string script)
        {
            var tag = $"THPC_TEST={Guid.NewGuid()}";
            node.AddScript("disguise.sh", Tagged.Bash(tag) + $"exec 2>/dev/null\necho about to wait\n{script}\n", timeout: 10);
            var run = await Agent.RunAsync(node, "bootstrap");
            var left = Tagged.Processes(tag);
            Tagged.Kill(tag);
            var chain = new FileInfo(node.On("/root/chain"));
            var links = chain.Exists ? chain.Length : 0;
            await Task.Delay(links > 0 ? 500 : 0, CancellationToken.None);
            chain.Refresh();
            var error = node.ScriptError();
            var steps = node.Report().Stages[1].Steps.Count;
            return new Outcome(
                run.ExitCode, error?.Code, error?.Message, error?.Hint, steps > 1 ? node.Log(steps / 2) : run.Output + run.Errors, left,
                links, chain.Exists ? chain.Length - links : 0);
        }

        // Three kinds of daemons: a running one, one that starts another, and one whose child becomes an orphan during the second script.
        private static async Task<(Outcome Second, int DaemonsLeft)> RunSecondAsync()
        {
            using var node = new TemporaryNode();
            var tag = $"THPC_TEST={Guid.NewGuid()}";
            node.Configure("[script]\nkill_grace = 1");
            node.AddScript("daemons.sh", Tagged.Bash(tag) + """
                setsid sleep 1000 &
                setsid sh -c 'sleep 3; sleep 1000' &
                setsid sh -c 'sleep 3; sleep 1000 & exit' &
                """ + "\n");
            var second = await RunAsync(node, "sleep 1000");
            var left = Tagged.Processes(tag).Count;
            Tagged.Kill(tag);
            return (second, left);
        }
    }
}
