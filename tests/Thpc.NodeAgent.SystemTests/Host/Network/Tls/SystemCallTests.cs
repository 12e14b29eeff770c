using System.Diagnostics;
using System.Text.RegularExpressions;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Host.Network.Tls;

/// <summary>Counts the system calls of a bootstrap over HTTPS; counts do not depend on the machine's speed.</summary>
public sealed partial class SystemCallTests
{
    // About 2,700, a third of them by the writer of the script's log; up to 2,950 on a busy machine. Parsing all authorities would add
    // 2,000.
    private const int MaxCalls = 3_400;

    [Fact]
    public async Task Bootstrap_takes_few_system_calls()
    {
        Needs.RootUser();
        Needs.Program("strace");
        using var node = new TemporaryNode();
        var root = Issuer.Root();
        var served = root.Issue(Content.Leaf() with { Dns = CosStandin.Host });
        var (certificate, key) = (node.Write("/tls/served.pem", served.Certificate.ExportCertificatePem()),
            node.Write("/tls/served.key", served.Key.ExportPkcs8PrivateKeyPem()));
        var usual = await File.ReadAllTextAsync("/etc/ssl/certs/ca-certificates.crt", TestContext.Current.CancellationToken);
        var bundle = node.Write("/tls/bundle.pem", usual + ChainCase.Pem(root));
        using var standin = await CosStandin.StartAsync("--tls-cert", certificate, "--tls-key", key);
        node.Configure(
            $"[cos]\ncredentials = \"anonymous\"\nendpoint = \"{standin.Url}\"\n[[init_script]]\nscript_path = "
                + $"\"{CosStandin.Location("echo.sh")}\"\n");

        Directory.CreateDirectory(node.On("/var/log")); // every machine has it
        var trace = node.On("/tls/trace");

        // Its own process numbers: the agent looks at every process for those that a script left.
        var start = new ProcessStartInfo(
            "unshare",
            ["--pid", "--fork", "--kill-child", "--mount-proc", "strace", "-f", "-qq", "-o", trace, Agent.Executable, "bootstrap", "--root",
                node.Directory])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = ProgramFinder.SearchPath;
        start.Environment["SSL_CERT_FILE"] = bundle;
        using var process = Process.Start(start)!;
        var said = await Task.WhenAll(
            process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken),
            process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, string.Concat(said));

        var calls = (await File.ReadAllLinesAsync(trace, TestContext.Current.CancellationToken)).Where(line => CallPattern().IsMatch(line))
            .ToList();
        int Count(string name) => calls.Count(line => line.Contains($" {name}(", StringComparison.Ordinal));

        // The agent; the shell that writes the script's pid down, setsid, the script; setsid, a shell, mkdir and cat for its log.
        Assert.Equal(
            8, (await File.ReadAllLinesAsync(trace, TestContext.Current.CancellationToken)).Count(line => ExecPattern().IsMatch(line)));

        // One fsync for the file and one for its directory: script started, script ended, report. One for each report of a run in
        // progress, which is never half.
        Assert.Equal(8, Count("fsync") + Count("fdatasync") + Count("sync"));
        Assert.InRange(calls.Count(line => !WaitPattern().IsMatch(line)), 500, MaxCalls);
    }

    [GeneratedRegex(@"^\d+ +[a-z0-9_]+\(")]
    private static partial Regex CallPattern();

    [GeneratedRegex(@"(^\d+ +execve\(|execve resumed).*\) += 0$")]
    private static partial Regex ExecPattern();

    // The number of waits between threads, and for the script, is random.
    [GeneratedRegex(@"^\d+ +(futex|sched_yield|epoll_wait|poll|restart_syscall|wait4|waitid|clock_nanosleep|madvise)\(")]
    private static partial Regex WaitPattern();
}
