using System.Diagnostics;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Security;

/// <summary>
/// One bootstrap with keys in its environment, a signed URL in its configuration and a script that calls a program with a password, started
/// with a umask that takes nothing away; another user looks on all the time. Then everything is read that it left.
/// </summary>
public sealed class SecretTests(SecretTests.Bootstrap run) : IClassFixture<SecretTests.Bootstrap>
{
    private const string Id = "AKIDhiddenid1111111111";
    private const string Key = "hidden-key-2222222222";
    private const string Token = "hidden-token-3333333333";
    private const string Signature = "hidden-signature-4444444444";
    private const string Standin = "cos_standin.py";
    private const string Password = "hidden-password-5555555555";

    [Fact]
    public void Another_user_sees_no_secret_in_any_process_of_the_agents()
    {
        Needs.RootUser();
        Assert.Contains(run.Seen!.Commands, command => command.Contains(" bootstrap ", StringComparison.Ordinal));
        Assert.Contains(run.Seen.Commands, command => command.Contains("init-script-3", StringComparison.Ordinal));

        // The stand-in for COS has the keys in its arguments, and is so seen: whoever looks does see such things.
        Assert.Contains(run.Seen.Leaks, command => command.Contains(Standin, StringComparison.Ordinal));
        Assert.DoesNotContain(run.Seen.Leaks, command => !command.Contains(Standin, StringComparison.Ordinal));
    }

    [Fact]
    public void Another_user_can_open_neither_memory_nor_files_nor_environment_of_its_processes()
    {
        Needs.RootUser();
        Assert.Empty(run.Seen!.Opened);
    }

    [Fact]
    public void No_secret_is_in_what_it_prints_or_leaves()
    {
        Needs.RootUser();
        Assert.Superset(new HashSet<string> { "bootstrap", "/fleet/out.json", "/metrics/out.prom", "/var/lib/thpc-node-agent/report.json", "doctor.json", "status", "config", "page", "timeline", "bundle: log/init-script-3.log" }, run.Texts.Keys.ToHashSet());
        foreach (var (name, text) in run.Texts)
        {
            Assert.All((string[])[Id, Key, Token, Signature, Password], secret => Assert.False(text.Contains(secret, StringComparison.Ordinal), $"{name} has {secret}: {text}"));
        }

        // What should be there instead of them is there: the script was seen as it was ended, and its last words heard.
        Assert.Contains("tool --password=[redacted]", run.Texts["/fleet/out.json"], StringComparison.Ordinal);
        Assert.Contains("its last words: connecting with --password=[redacted]", run.Texts["bootstrap"], StringComparison.Ordinal);
    }

    [Fact]
    public void Of_all_that_it_leaves_others_can_read_only_what_is_meant_for_them()
    {
        Needs.RootUser();
        Assert.Equal(
            """
            755 /fleet
            644 /fleet/out.json
            644 /metrics/out.prom
            755 /run/thpc-node-agent
            600 /run/thpc-node-agent/lock
            644 /run/thpc-node-agent/opt-ready
            700 /var/lib/thpc-node-agent
            600 /var/lib/thpc-node-agent/report.json
            700 /var/lib/thpc-node-agent/scripts
            600 /var/lib/thpc-node-agent/scripts/DONE
            600 /var/lib/thpc-node-agent/scripts/DONE
            700 /var/lib/thpc-node-agent/scripts/init-script-1
            700 /var/lib/thpc-node-agent/scripts/init-script-2
            700 /var/lib/thpc-node-agent/scripts/init-script-3
            755 /var/log/thpc-node-agent
            600 /var/log/thpc-node-agent/init-script-1.log
            600 /var/log/thpc-node-agent/init-script-2.log
            600 /var/log/thpc-node-agent/init-script-3.log
            """,
            run.Modes);
    }

    [Fact]
    public async Task A_crash_leaves_no_core()
    {
        Needs.RootUser();
        using var node = new TemporaryNode();
        var tag = $"THPC_TEST={Guid.NewGuid()}";
        node.AddScript("wait.sh", Tagged.Bash(tag) + $"touch '{node.On("/started")}'\nsleep 60\n");

        // The shell says of a child whether the kernel made a core of it, wherever that goes.
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-c", "cd \"$1\" && ulimit -c unlimited && { \"$2\" bootstrap --root \"$1\" & } && echo $! && wait $!; echo \"ended with $?\"", "bash", node.Directory, Agent.Executable])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_DbgEnableMiniDump"] = "1", ["DOTNET_DbgMiniDumpName"] = node.On("/core.mini"), ["TENCENTCLOUD_SECRET_KEY"] = Key, ["LC_ALL"] = "C" },
        })!;
        var agent = int.Parse((await shell.StandardOutput.ReadLineAsync(Cancel))!, System.Globalization.CultureInfo.InvariantCulture);
        await ScriptNodes.WaitForFileAsync(node.On("/started"));
        _ = NativeMethods.Kill(agent, 6);
        Assert.Equal("ended with 134\n", (await shell.StandardOutput.ReadToEndAsync(Cancel))[^15..]);
        Assert.DoesNotContain("core dumped", await shell.StandardError.ReadToEndAsync(Cancel), StringComparison.Ordinal);
        Tagged.Kill(tag);
        Assert.Empty(Directory.EnumerateFiles(node.Directory, "core*"));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

#pragma warning disable CA1034 // It belongs to this class alone.
    public sealed class Bootstrap : IAsyncLifetime
#pragma warning restore CA1034
    {
        internal ProcessObservations? Seen { get; private set; }

        /// <summary>Everything that it printed or wrote, and what other commands made of that.</summary>
        internal Dictionary<string, string> Texts { get; } = [];

        internal string Modes { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            if (NativeMethods.EffectiveUserId() != 0)
            {
                return;
            }

            using var attacker = new Attacker();
            var node = attacker.Node;
            using var signed = await CosStandin.StartSignedAsync(Id, Key, Token);
            using var secure = await CosStandin.StartAsync("--tls-cert", Path.Combine(CosStandin.Certificates, "good.pem"), "--tls-key", Path.Combine(CosStandin.Certificates, "good.key"));
            Directory.CreateDirectory(node.On("/metrics"));
            node.Write("/var/lib/cloud/data/instance-id", "out\n");
            node.Configure($"""
                [cos]
                credentials = "env"
                endpoint = "{signed.Url.GetLeftPart(UriPartial.Authority)}"
                [script]
                kill_grace = 1
                [metrics]
                textfile = "/metrics/out.prom"
                [fleet]
                directory = "/fleet"
                [[init_script]]
                script_path = "{CosStandin.Location("echo.sh")}"
                [[init_script]]
                script_path = "{secure.Url.GetLeftPart(UriPartial.Authority)}/echo.sh?sign={Signature}"
                """);

            // Under its own name for long enough to be seen by who looks a hundred times a second, and then under another until its time is over.
            node.AddScript("tool.sh", $"#!/bin/bash\necho 'connecting with --password={Password}'\nsleep 2\nexec -a 'tool --password={Password}' sleep 60\n", timeout: 10);
            using var lookout = await ProcessObserver.StartAsync(node, Id, Key, Token, Signature);
            Dictionary<string, string> environment = new()
            {
                ["TENCENTCLOUD_SECRET_ID"] = Id,
                ["TENCENTCLOUD_SECRET_KEY"] = Key,
                ["TENCENTCLOUD_TOKEN"] = Token,
                ["SSL_CERT_FILE"] = Path.Combine(CosStandin.Certificates, "ca.pem"),
            };
            var start = new ProcessStartInfo("sh", ["-c", "umask 0; exec \"$@\"", "sh", Agent.Executable, "bootstrap", "--verbose", "--root", node.Directory]) { RedirectStandardOutput = true, RedirectStandardError = true };
            foreach (var (name, value) in environment)
            {
                start.Environment[name] = value;
            }

            using var bootstrap = Process.Start(start)!;
            var errors = bootstrap.StandardError.ReadToEndAsync(CancellationToken.None);
            Texts["bootstrap"] = await bootstrap.StandardOutput.ReadToEndAsync(CancellationToken.None) + await errors;
            await bootstrap.WaitForExitAsync(CancellationToken.None);
            Seen = await lookout.EndAsync();
            Modes = string.Join('\n', Left(node).Select(path => $"{Convert.ToString((int)File.GetUnixFileMode(path), 8)} {Name(node, path)}"));
            await GatherAsync(node, environment);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private static IEnumerable<string> Left(TemporaryNode node) =>
            ((string[])["/fleet", "/metrics/out.prom", "/run/thpc-node-agent", "/var/lib/thpc-node-agent", "/var/log/thpc-node-agent"]).Select(node.On)
                .SelectMany(path => (string[])[path, .. Directory.Exists(path) ? Directory.GetFileSystemEntries(path, "*", SearchOption.AllDirectories) : []]).Order(StringComparer.Ordinal);

        // A marker's name is a hash of the stand-in's address.
        private static string Name(TemporaryNode node, string path) =>
            path.EndsWith(".done", StringComparison.Ordinal) ? "/var/lib/thpc-node-agent/scripts/DONE" : path[node.Directory.Length..];

        private async Task GatherAsync(TemporaryNode node, Dictionary<string, string> environment)
        {
            // The scripts themselves and their own log are root's alone, and say what they say.
            foreach (var path in Left(node).Where(path => File.Exists(path) && !path.Contains("init-script-", StringComparison.Ordinal)))
            {
                Texts[path[node.Directory.Length..]] = await File.ReadAllTextAsync(path, CancellationToken.None);
            }

            foreach (var (name, command) in ((string, string[])[])
                     [
                         ("doctor.json", ["doctor", "--json"]), ("doctor", ["doctor"]), ("status", ["status", "--timeline", node.On("/timeline")]), ("status.json", ["status", "--json"]), ("config", ["config", "show"]),
                         ("dry run", ["bootstrap", "--dry-run"]), ("fleet", ["fleet", node.On("/fleet"), "--html", node.On("/page")]), ("bundle", ["bundle", "--output", node.On("/bundle")]),
                     ])
            {
                var said = await Agent.RunAsync(node, environment, command);
                Texts[name] = said.Output + said.Errors;
            }

            Texts["timeline"] = node.Read("/timeline");
            Texts["page"] = node.Read("/page");
            Directory.CreateDirectory(node.On("/unpacked"));
            await ProgramRunner.RunAsync(["tar", "-xzf", node.On("/bundle"), "-C", node.On("/unpacked")], TimeSpan.FromMinutes(1), CancellationToken.None);
            foreach (var path in Directory.EnumerateFiles(node.On("/unpacked"), "*", SearchOption.AllDirectories))
            {
                Texts[$"bundle: {Path.GetRelativePath(node.On("/unpacked"), path)}"] = await File.ReadAllTextAsync(path, CancellationToken.None);
            }
        }
    }
}
