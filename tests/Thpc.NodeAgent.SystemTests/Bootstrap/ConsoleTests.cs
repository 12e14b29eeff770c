using System.Diagnostics;
using System.Text;

namespace Thpc.NodeAgent.SystemTests.Bootstrap;

/// <summary>A failed bootstrap on the machine's console: a pty at /dev/console of a private copy of this machine.</summary>
public sealed class ConsoleTests
{
    private const string Script = """
        import fcntl, os, pty, select, subprocess, sys, termios, time, tty
        work, executable, kind, *words = sys.argv[1:]
        root = f"{work}/root"
        screen, console = os.openpty()
        tty.setraw(console)
        for command in [["mount", "-t", "tmpfs", "tmpfs", work], ["mkdir", f"{work}/upper", f"{work}/work", root],
                        ["mount", "-t", "overlay", "overlay", "-o", f"lowerdir=/,upperdir={work}/upper,workdir={work}/work", root],
                        ["mount", "--rbind", "/proc", f"{root}/proc"], ["mount", "--rbind", "/dev", f"{root}/dev"],
                        ["mount", "-t", "tmpfs", "tmpfs", f"{root}/run"], ["mount", "--bind", os.ttyname(console), f"{root}/dev/console"],
                        ["mkdir", "-p", f"{root}/etc/thpc", f"{root}/srv", f"{root}/root"],
                        ["cp", executable, f"{root}/srv/agent"]]:
            subprocess.run(command, check=True)
        def write(path, text):
            with open(root + path, "w") as file:
                file.write(text)
        write("/etc/thpc/node-agent.toml", '[cluster]\nid = "hpc-8hje8h12"\nnode_role = "COMPUTE"\n[metadata]\nendpoint = ""\n'
              '[[init_script]]\nscript_path = "file:///srv/a.sh"\n')
        write("/root/thpc_preinstalled.json", "")
        write("/srv/a.sh", "#!/bin/sh\n" + ("" if kind == "well" else f"echo '{'long “words” ' * 40}'; exit 3\n"))
        if kind == "full":
            os.set_blocking(console, False)
            try:
                while True:
                    os.write(console, b"x" * 1024)
            except BlockingIOError:
                pass
        if kind == "stopped":
            termios.tcflow(console, termios.TCOOFF)
        begin = time.monotonic()
        command = ["chroot", root, "/srv/agent", "bootstrap", *words]
        if kind == "terminal":
            child, terminal = pty.fork()
            if child == 0:
                os.execvp(command[0], command)
            try:
                while os.read(terminal, 65536):
                    pass
            except OSError:
                pass
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        else:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=90)
            code = done.returncode
            if code not in (0, 1):
                print(done.stdout.decode())
        print(code, int(time.monotonic() - begin))
        seen = b""
        while kind not in ("full", "stopped") and select.select([screen], [], [], 0)[0]:
            seen += os.read(screen, 65536)
        print(repr(seen.decode()))
        """;

    [Fact]
    public async Task Failed_run_without_a_terminal_is_shown_on_the_console()
    {
        var (code, _, seen) = await RunAsync("read");
        Assert.Equal(1, code);
        var lines = seen.Split("\r\n");
        Assert.Equal(4, lines.Length);
        Assert.StartsWith(
            "thpc-node-agent: bootstrap failed: SCRIPT_FAILED: file:///srv/a.sh exited with 3; ", lines[0], StringComparison.Ordinal);
        Assert.Contains("?words?", lines[0], StringComparison.Ordinal);
        Assert.Equal(200, lines[0].Length);
        Assert.StartsWith("thpc-node-agent: -> Read /var/log/thpc-node-agent/init-script-1.log", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("thpc-node-agent: COMPUTE of hpc-8hje8h12, host ", lines[2], StringComparison.Ordinal);
        Assert.Contains(" UTC", lines[2], StringComparison.Ordinal);
        Assert.Equal("", lines[3]);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 200));
    }

    [Theory]
    [InlineData("well", 0)]
    [InlineData("terminal", 1)]
    [InlineData("root", 1)]
    public async Task Console_stays_empty_otherwise(string kind, int expected)
    {
        var (code, _, seen) = await RunAsync(kind, kind == "root" ? ["--root", "/proc/self/root"] : []);
        Assert.Equal((expected, ""), (code, seen));
    }

    [Theory]
    [InlineData("full")]
    [InlineData("stopped")]
    public async Task Console_that_accepts_nothing_delays_the_run_by_seconds(string kind)
    {
        var (code, seconds, _) = await RunAsync(kind);
        Assert.Equal(1, code);
        Assert.InRange(seconds, 0, 30);
    }

    private static async Task<(int Code, int Seconds, string Seen)> RunAsync(string kind, params string[] words)
    {
        Needs.RootUser();
        Needs.Program("python3");
        var work = Directory.CreateTempSubdirectory("thpc-console-").FullName;
        try
        {
            var start = new ProcessStartInfo(
                "unshare",
                [
                    "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "python3", "-c", Script, work, Agent.Executable, kind,
                    .. words,
                ])
            {
                RedirectStandardOutput = true,
                StandardOutputEncoding = Encoding.UTF8,
            };
            using var process = Process.Start(start)!;
            var printed = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            var lines = printed.TrimEnd('\n').Split('\n');
            Assert.True(lines.Length == 2, printed);
            var numbers = lines[0].Split(' ').Select(int.Parse).ToArray();
            var seen = lines[1].Trim('\'', '"').Replace("\\r\\n", "\r\n", StringComparison.Ordinal);
            return (numbers[0], numbers[1], seen);
        }
        finally
        {
            Directory.Delete(work);
        }
    }
}
