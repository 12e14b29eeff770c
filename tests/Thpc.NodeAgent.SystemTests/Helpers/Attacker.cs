using System.Diagnostics;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Helpers;

/// <summary>
/// An unprivileged user with a home directory, a world-writable directory, and a directory of root ("victim") that must be unchanged
/// after the test.
/// </summary>
internal sealed class Attacker : IDisposable
{
    public const uint UserId = 65534;
    private const UnixFileMode Everybody = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
    private const UnixFileMode Shared = Everybody | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite | UnixFileMode.StickyBit;

    // renameat2(2) with RENAME_EXCHANGE swaps two names atomically. With a third argument missing names are created again.
    private const string Exchange = """
        import ctypes, os, random, sys, time
        libc = ctypes.CDLL(None, use_errno=True)
        one, other, *target = sys.argv[1:]
        def swap():
            if libc.renameat2(-100, one.encode(), -100, other.encode(), 2) and not target:
                sys.exit(f"renameat2: errno {ctypes.get_errno()}")
        def make():
            for place in (one, other):
                for step in (lambda: os.mkdir(place), lambda: open(place + "/mine.1", "x").close(), lambda: os.symlink(target[0], other)):
                    try:
                        step()
                    except OSError:
                        pass
        swap()
        print("at work", flush=True)
        while True:
            if target:
                make()
            swap()
            time.sleep(random.random() / 1000)
        """;

    public Attacker()
    {
        Needs.RootUser();
        Needs.Program("setpriv");
        Node.Write("/victim/shadow", "root's\n");
        Node.Write("/victim/sub/file", "root's too\n");
        Directory.CreateDirectory(Home);
        Directory.CreateDirectory(Open);
        File.SetUnixFileMode(Node.On("/victim/shadow"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.SetUnixFileMode(Node.Directory, Everybody);
        File.SetUnixFileMode(Open, Shared);
        Give(Home);
    }

    /// <summary>The node that contains all these directories.</summary>
    public TemporaryNode Node { get; } = new();

    public string Victim => Node.On("/victim");

    public string Home => Node.On("/people/mallory");

    public string Open => Node.On("/open");

    /// <summary>The prefix of a command that runs as the attacker.</summary>
    public static string[] Become => ["setpriv", $"--reuid={UserId}", $"--regid={UserId}", "--clear-groups", "--"];

    /// <summary>The system's Python, which every user can run.</summary>
    public static string Python { get; } =
        ProgramFinder.Find(new NodeRoot("/"), "python3") ?? throw new FileNotFoundException("needs the program python3");

    /// <summary>Runs a program as the attacker.</summary>
    /// <returns>The program's output.</returns>
    public static async Task<string> RunAsync(params string[] command)
    {
        var run = await ProgramRunner.RunAsync([.. Become, .. command], TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        return run.Succeeded ? run.Output : throw new InvalidOperationException($"{string.Join(' ', command)}: {run.Output}");
    }

    /// <summary>Runs a shell script as the attacker; $1 is the home directory.</summary>
    public Task<string> ShellAsync(string script) => RunAsync("sh", "-ec", script, "sh", Home);

    /// <summary>Makes the attacker the owner of a file or directory.</summary>
    public static void Give(string path)
    {
        using var chown = Process.Start("chown", ["-R", "-h", $"{UserId}:{UserId}", path]);
        chown.WaitForExit();
        Assert.Equal(0, chown.ExitCode);
    }

    /// <summary>Swaps two paths repeatedly until the result is disposed.</summary>
    /// <param name="target">If given, missing paths are created: a directory with a file, and a symbolic link to this target.</param>
    public static async Task<IDisposable> SwapAsync(string one, string other, params string[] target)
    {
        var process = Process.Start(new ProcessStartInfo(
            Become[0], [.. Become[1..], Python, "-c", Exchange, one, other, .. target])
        { RedirectStandardOutput = true })!;
        var swapper = new Swapper(process);
        Assert.Equal("at work", await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        return swapper;
    }

    /// <returns>Names, kinds, modes, owners and contents of the victim directory.</returns>
    public Task<IReadOnlyDictionary<string, string>> VictimAsync() => ImageNodes.SnapshotAsync(Victim);

    public void Dispose() => Node.Dispose();

    private sealed class Swapper(Process process) : IDisposable
    {
        public void Dispose()
        {
            // If the swapper has already exited, the test has proved nothing.
            var working = !process.HasExited;
            process.Kill();
            process.WaitForExit();
            process.Dispose();
            Assert.True(working, "the attacker's process exited early");
        }
    }
}
