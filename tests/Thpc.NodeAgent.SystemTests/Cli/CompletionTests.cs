using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Thpc.NodeAgent.SystemTests.Cli;

/// <summary>Tab completion in the real shells, on a real terminal, with the files that the packages install.</summary>
public sealed partial class CompletionTests : IDisposable
{
    // Types a line and a tab, then turns the line into a printf that shows its words.
    private const string Script = """
        import os, pty, re, select, sys, time
        shell, setup, typed, folder = sys.argv[1:]
        commands = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"], "fish": ["fish", "--no-config", "-i"]}
        child, terminal = pty.fork()
        if child == 0:
            variables = {"TERM": "xterm", "PATH": f"{folder}:/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"}
            os.execvpe(commands[shell][0], commands[shell], variables)
        printed, end = b"", time.monotonic() + 60
        def wait(pattern):
            global printed
            while not (found := re.search(pattern, printed)):
                if not select.select([terminal], [], [], max(0, end - time.monotonic()))[0]:
                    sys.exit(f"nothing like {pattern} in {printed}")
                printed += os.read(terminal, 65536)
            printed = printed[found.end():]
            return found
        os.write(terminal, setup.encode() + b"\n")
        wait(rb"READY>")
        os.write(terminal, typed.encode() + b"\t\x01printf '<%s>' \x05 END\r")
        print(wait(rb"(<thpc-node-agent>(<[^<>]*>)*?)<END>").group(1).decode())
        os.close(terminal)
        os.waitpid(child, 0)
        """;

    private readonly TemporaryNode _node = new();

    public static TheoryData<string, string, string> Lines
    {
        get
        {
            var rows = new TheoryData<string, string, string>();
            foreach (var shell in (string[])["bash", "zsh", "fish"])
            {
                foreach (var (typed, expected) in ((string, string)[])
                         [
                             ("boots", "bootstrap"), ("help storage ver", "help storage verify"), ("completion f", "completion fish"),
                             ("bootstrap --dry", "bootstrap --dry-run"), ("status --la", "status --lang"),
                             ("status --lang z", "status --lang zh"), ("status --lang=z", "status --lang=zh"),
                             ("bootstrap --node-role L", "bootstrap --node-role LOGIN"),
                             ("bootstrap --scheduler-type SL", "bootstrap --scheduler-type SLURM"),
                             ("status --log-format jou", "status --log-format journal"),
                             ("storage add --protocol T", "storage add --protocol TURBO"),
                             ("storage remove --root %n /scr", "storage remove --root %n /scratch"),
                             ("storage remove --root %n /goo", "storage remove --root %n /goosefs"),
                             ("image prep --operations defaults,-ssh-h", "image prep --operations defaults,-ssh-host-keys"),
                             ("errors MOUNT_DEN", "errors MOUNT_DENIED"),
                             ("scaling rounds %n/que", "scaling rounds %n/queue.json"), ("status --root %n/et", "status --root %n/etc"),
                             ("storage xyz", "storage xyz"),
                         ])
                {
                    rows.Add(shell, typed, expected);
                }
            }

            rows.Add("bash", "storage add --protocol \"NFS 3", "storage add --protocol NFS_3.0");
            rows.Add("zsh", "storage add --protocol NFS\\ 3", "storage add --protocol NFS_3.0");
            rows.Add("fish", "storage add --protocol \"NFS 3", "storage add --protocol NFS_3.0");
            return rows;
        }
    }

    public void Dispose() => _node.Dispose();

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Shell_completes_commands_options_and_values(string shell, string typed, string expected)
    {
        Needs.Program(shell);
        _node.Configure("[[cfs]]\nlocal_path = \"/scratch\"\nremote_path = \"127.0.0.1:/\"\n");
        _node.Write("/etc/fstab", "10.0.0.1:/ /goosefs nfs4 vers=4.0,_netdev,nofail,x-thpc.cluster=hpc-8hje8h12 0 0\n");
        _node.Write("/queue.json", "{}");
        var package = Path.Combine(Repository.Root, "images/package");
        Directory.CreateDirectory(_node.On("/zsh"));
        File.Copy(Path.Combine(package, "completion.zsh"), _node.On("/zsh/_thpc-node-agent"));
        var setup = shell switch
        {
            "bash" => $"source {package}/completion.bash; PS1='REA''DY> '",
            "zsh" => $"fpath=({_node.On("/zsh")} $fpath); autoload -Uz compinit; compinit -D -u; bindkey -e; PS1='REA''DY> '",
            _ => $"source {package}/completion.fish; function fish_prompt; echo -n 'REA''DY> '; end",
        };
        Assert.Equal(Words(expected), await TypeAsync(shell, setup, typed));
    }

    [Theory]
    [InlineData("bash", "source <(thpc-node-agent completion bash); PS1='REA''DY> '")]
    [InlineData("zsh", "autoload -Uz compinit; compinit -D -u; source <(thpc-node-agent completion zsh); bindkey -e; PS1='REA''DY> '")]
    [InlineData("fish", "thpc-node-agent completion fish | source; function fish_prompt; echo -n 'REA''DY> '; end")]
    public async Task Printed_script_can_be_sourced(string shell, string setup)
    {
        Needs.Program(shell);
        Assert.Equal(Words("storage verify"), await TypeAsync(shell, setup, "storage ver"));
    }

    private string Words(string line) => string.Concat(
        $"thpc-node-agent {line.Replace("%n", _node.Directory, StringComparison.Ordinal)}".Split(' ')
            .Select(word => $"<{word.Replace("NFS_", "NFS ", StringComparison.Ordinal)}>"));

    /// <returns>The words of the line after a tab, each in brackets.</returns>
    private async Task<string> TypeAsync(string shell, string setup, string typed)
    {
        var folder = Directory.CreateDirectory(_node.On("/programs")).FullName;
        File.CreateSymbolicLink(Path.Combine(folder, "thpc-node-agent"), Agent.Executable);
        string[] arguments =
        [
            "-c", Script, shell, setup, $"thpc-node-agent {typed.Replace("%n", _node.Directory, StringComparison.Ordinal)}", folder,
        ];
        using var process = Process.Start(new ProcessStartInfo("python3", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["XDG_RUNTIME_DIR"] = _node.Directory }, // else fish makes a directory of its own in /tmp
        })!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal("", await errors);
        return EscapePattern().Replace(output, "").Trim().Replace("/>", ">", StringComparison.Ordinal);
    }

    [GeneratedRegex("\e\\[[0-9;?]*[a-zA-Z]")]
    private static partial Regex EscapePattern();
}
