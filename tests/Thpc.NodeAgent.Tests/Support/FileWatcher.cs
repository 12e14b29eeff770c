using System.Diagnostics;
using System.Text.Json;

namespace Thpc.NodeAgent.Tests.Support;

/// <summary>What an ordinary user saw of the processes of a node.</summary>
/// <param name="Commands">Command lines in which the node's directory stands.</param>
/// <param name="Leaks">Command lines of any process, and environments that he could read, in which a secret stands.</param>
/// <param name="Opened">What else of those processes he could open, by its name in /proc.</param>
internal sealed record Sight(IReadOnlyList<string> Commands, IReadOnlyList<string> Leaks, IReadOnlyList<string> Opened);

/// <summary>An ordinary user who looks at all processes again and again.</summary>
internal sealed class FileWatcher : IDisposable
{
    private const string Program = """
        import json, os, select, sys
        node, *secrets = sys.stdin.readline().split()
        closed = ["environ", "maps", "mem", "auxv", "io", "stack", "syscall", "pagemap", "fd", "fdinfo", "map_files", "cwd", "root", "exe"]
        commands, leaks, opened = set(), set(), set()
        def look(path):
            if os.path.basename(path) in ("cwd", "root", "exe"):
                return os.readlink(path).encode()
            if os.path.basename(path) in ("fd", "fdinfo", "map_files"):
                return repr(os.listdir(path)).encode()
            with open(path, "rb") as file:
                try:
                    return b"opened " + file.read(65536)
                except OSError:
                    return b"opened"
        print("at work", flush=True)
        while not select.select([sys.stdin], [], [], 0.01)[0]:
            for pid in filter(str.isdigit, os.listdir("/proc")):
                try:
                    command = open(f"/proc/{pid}/cmdline", "rb").read().replace(b"\0", b" ").decode("utf-8", "replace")
                except OSError:
                    continue
                if any(secret in command for secret in secrets):
                    leaks.add(command)
                if node in command:
                    commands.add(command)
                    for name in closed:
                        try:
                            content = look(f"/proc/{pid}/{name}").decode("utf-8", "replace")
                        except OSError:
                            continue
                        opened.add(name)
                        if any(secret in content for secret in secrets):
                            leaks.add(f"{name} of {command}")
        print(json.dumps([sorted(commands), sorted(leaks), sorted(opened)]))
        """;

    private readonly Process _process;

    private FileWatcher(Process process) => _process = process;

    /// <param name="secrets">Words without blanks.</param>
    public static async Task<FileWatcher> StartAsync(TemporaryNode node, params string[] secrets)
    {
        var process = Process.Start(new ProcessStartInfo(Attacker.Become[0], [.. Attacker.Become[1..], Attacker.Python, "-c", Program]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;

        // By its input: in its arguments it would find them itself.
        await process.StandardInput.WriteLineAsync(string.Join(' ', [node.Directory, .. secrets]));
        await process.StandardInput.FlushAsync();
        Assert.Equal("at work", await process.StandardOutput.ReadLineAsync(CancellationToken.None));
        return new FileWatcher(process);
    }

    public async Task<Sight> EndAsync()
    {
        _process.StandardInput.Close();
        var all = JsonSerializer.Deserialize<string[][]>(await _process.StandardOutput.ReadToEndAsync(CancellationToken.None))!;
        await _process.WaitForExitAsync(CancellationToken.None);
        return new Sight(all[0], all[1], all[2]);
    }

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }
}
