using System.Diagnostics;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Security;

/// <summary>
/// One bootstrap with keys in its environment, a signed URL in its configuration and a script with a password in an argument, started
/// with umask 0, while another user watches. Then all files that it left are searched.
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
    public void Other_users_see_no_secret_in_processes()
    {
        Needs.RootUser();
        Assert.Contains(run.Seen!.Commands, command => command.Contains(" bootstrap ", StringComparison.Ordinal));
        Assert.Contains(run.Seen.Commands, command => command.Contains("init-script-3", StringComparison.Ordinal));

        // The stand-in for COS has the keys in its arguments: this shows that the watching user detects such arguments.
        Assert.Contains(run.Seen.Leaks, command => command.Contains(Standin, StringComparison.Ordinal));
        Assert.DoesNotContain(run.Seen.Leaks, command => !command.Contains(Standin, StringComparison.Ordinal));
    }

    [Fact]
    public void Other_users_cannot_open_memory_files_or_environment()
    {
        Needs.RootUser();
        Assert.Empty(run.Seen!.Opened);
    }

    [Fact]
    public void Output_and_files_contain_no_secret()
    {
        Needs.RootUser();
        Assert.Superset(
            new HashSet<string>
            {
                "bootstrap",
                "/fleet/out.json",
                "/metrics/out.prom",
                "/var/lib/thpc-node-agent/report.json",
                "doctor.json",
                "status",
                "config",
                "page",
                "timeline",
                "bundle: log/init-script-3.log",
                "bundle: summary.txt",
            }, run.Texts.Keys.ToHashSet());
        foreach (var (name, text) in run.Texts)
        {
            Assert.All(
                (string[])[Id, Key, Token, Signature, Password],
                secret => Assert.False(text.Contains(secret, StringComparison.Ordinal), $"{name} has {secret}: {text}"));
        }

        // The redacted text is present: the script's processes and last output are in the report.
        Assert.Contains("tool --password=[redacted]", run.Texts["/fleet/out.json"], StringComparison.Ordinal);
        Assert.Contains("last output: connecting with --password=[redacted]", run.Texts["bootstrap"], StringComparison.Ordinal);
    }

    [Fact]
    public void Other_users_can_read_only_public_files()
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
    public async Task Crash_leaves_no_core()
    {
        Needs.RootUser();
        using var node = new TemporaryNode();
        var tag = $"THPC_TEST={Guid.NewGuid()}";
        node.AddScript("wait.sh", Tagged.Bash(tag) + $"touch '{node.On("/started")}'\nsleep 60\n");

        // The shell reports whether the kernel dumped the child's core, to any destination.
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-c", "cd \"$1\" && ulimit -c unlimited && { \"$2\" bootstrap "
            + "--root \"$1\" & } && echo $! && wait $!; echo \"ended with $?\"", "bash", node.Directory, Agent.Executable])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["DOTNET_DbgEnableMiniDump"] = "1",
                ["DOTNET_DbgMiniDumpName"] = node.On("/core.mini"),
                ["TENCENTCLOUD_SECRET_KEY"] = Key,
                ["LC_ALL"] = "C",
            },
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

        /// <summary>All output and files of the run, and the output of other commands about it.</summary>
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
            using var secure = await CosStandin.StartAsync(
                "--tls-cert", Path.Combine(CosStandin.Certificates, "good.pem"), "--tls-key",
                Path.Combine(CosStandin.Certificates, "good.key"));
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

            // Runs under its own name long enough to be seen by 100 polls per second, then under another name until the limit.
            node.AddScript(
                "tool.sh",
                $"#!/bin/bash\necho 'connecting with --password={Password}'\nsleep 2\nexec -a 'tool --password={Password}' sleep 60\n",
                timeout: 10);
            using var lookout = await ProcessObserver.StartAsync(node, Id, Key, Token, Signature);
            Dictionary<string, string> environment = new()
            {
                ["TENCENTCLOUD_SECRET_ID"] = Id,
                ["TENCENTCLOUD_SECRET_KEY"] = Key,
                ["TENCENTCLOUD_TOKEN"] = Token,
                ["SSL_CERT_FILE"] = Path.Combine(CosStandin.Certificates, "ca.pem"),
            };
            var start = new ProcessStartInfo(
                "sh", ["-c", "umask 0; exec \"$@\"", "sh", Agent.Executable, "bootstrap", "--verbose", "--root", node.Directory])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            foreach (var (name, value) in environment)
            {
                start.Environment[name] = value;
            }

            using var bootstrap = Process.Start(start)!;
            var errors = bootstrap.StandardError.ReadToEndAsync(CancellationToken.None);
            Texts["bootstrap"] = await bootstrap.StandardOutput.ReadToEndAsync(CancellationToken.None) + await errors;
            await bootstrap.WaitForExitAsync(CancellationToken.None);
            Seen = await lookout.EndAsync();
            Modes = string.Join(
                '\n', Left(node).Select(path => $"{Convert.ToString((int)File.GetUnixFileMode(path), 8)} {Name(node, path)}"));
            await GatherAsync(node, environment);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private static IEnumerable<string> Left(TemporaryNode node) =>
            ((string[])["/fleet", "/metrics/out.prom", "/run/thpc-node-agent", "/var/lib/thpc-node-agent",
                "/var/log/thpc-node-agent"]).Select(node.On)
                .SelectMany(path =>
                    (string[])[path,
                        .. Directory.Exists(path) ? Directory.GetFileSystemEntries(path, "*", SearchOption.AllDirectories) : []])
                        .Order(StringComparer.Ordinal);

        // A marker's name is a hash of the stand-in's address.
        private static string Name(TemporaryNode node, string path) =>
            path.EndsWith(".done", StringComparison.Ordinal) ? "/var/lib/thpc-node-agent/scripts/DONE" : path[node.Directory.Length..];

        private async Task GatherAsync(TemporaryNode node, Dictionary<string, string> environment)
        {
            // The scripts and their log are readable by root only and are not redacted.
            foreach (var path in Left(node).Where(path => File.Exists(path) && !path.Contains("init-script-", StringComparison.Ordinal)))
            {
                Texts[path[node.Directory.Length..]] = await File.ReadAllTextAsync(path, CancellationToken.None);
            }

            foreach (var (name, command) in ((string, string[])[])
                     [
                         ("doctor.json", ["doctor", "--json"]), ("doctor", ["doctor"]),
                         ("status", ["status", "--timeline", node.On("/timeline")]), ("status.json", ["status", "--json"]),
                         ("config", ["config", "show"]),
                         ("dry run", ["bootstrap", "--dry-run"]), ("fleet", ["fleet", node.On("/fleet"), "--html", node.On("/page")]),
                         ("bundle", ["bundle", "--output", node.On("/bundle")]),
                     ])
            {
                var said = await Agent.RunAsync(node, environment, command);
                Texts[name] = said.Output + said.Errors;
            }

            Texts["timeline"] = node.Read("/timeline");
            Texts["page"] = node.Read("/page");
            Directory.CreateDirectory(node.On("/unpacked"));
            await ProgramRunner.RunAsync(
                ["tar", "-xzf", node.On("/bundle"), "--strip-components=1", "-C", node.On("/unpacked")],
                TimeSpan.FromMinutes(1),
                CancellationToken.None);
            foreach (var path in Directory.EnumerateFiles(node.On("/unpacked"), "*", SearchOption.AllDirectories))
            {
                Texts[$"bundle: {Path.GetRelativePath(node.On("/unpacked"), path)}"] =
                    await File.ReadAllTextAsync(path, CancellationToken.None);
            }
        }
    }
}
