using System.Diagnostics;
using System.Text.Json;

namespace Thpc.NodeAgent.SystemTests.Helpers;

/// <summary>What an unprivileged user can read about the processes of a node.</summary>
/// <param name="Commands">Command lines that contain the node's directory.</param>
/// <param name="Leaks">Command lines and other /proc files that contain a secret.</param>
/// <param name="Opened">Names of other files in /proc/PID that could be opened.</param>
internal sealed record ProcessObservations(IReadOnlyList<string> Commands, IReadOnlyList<string> Leaks, IReadOnlyList<string> Opened);

/// <summary>Inspects all processes repeatedly as an unprivileged user.</summary>
internal sealed class ProcessObserver : IDisposable
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

    private ProcessObserver(Process process) => _process = process;

    /// <param name="secrets">Words without spaces.</param>
    public static async Task<ProcessObserver> StartAsync(TemporaryNode node, params string[] secrets)
    {
        var start = new ProcessStartInfo(Attacker.Become[0], [.. Attacker.Become[1..], Attacker.Python, "-c", Program])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start)!;

        // On standard input, because it would find secrets in its own arguments.
        await process.StandardInput.WriteLineAsync(string.Join(' ', [node.Directory, .. secrets]));
        await process.StandardInput.FlushAsync();
        Assert.Equal("at work", await process.StandardOutput.ReadLineAsync(CancellationToken.None));
        return new ProcessObserver(process);
    }

    public async Task<ProcessObservations> EndAsync()
    {
        _process.StandardInput.Close();
        var all = JsonSerializer.Deserialize<string[][]>(await _process.StandardOutput.ReadToEndAsync(CancellationToken.None))!;
        await _process.WaitForExitAsync(CancellationToken.None);
        return new ProcessObservations(all[0], all[1], all[2]);
    }

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }
}
