using System.Diagnostics;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Stages.Mount.Fstab;

namespace Thpc.NodeAgent.Tests.Stages.Mount.Fstab;

/// <summary>Edits fstab while other programs change it too.</summary>
public sealed class FstabSharedTests : IDisposable
{
    private readonly TemporaryNode _node = new();
    private readonly List<Process> _others = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("echo \"host:/$i /other$i nfs defaults 0 0\" >>\"$1\"")]
    [InlineData("flock \"$1\" sh -c 'echo \"host:/$2 /other$2 nfs defaults 0 0\" >>\"$1\"' sh \"$1\" $i")]
    public async Task Concurrent_appends_and_own_lines_all_survive(string append)
    {
        _node.Write("/etc/fstab", "# mine\n");
        var other = Shell($"for i in $(seq 400); do {append}; done");
        var writer = new FstabWriter(_node.Root);
        for (var i = 1; i <= 40; i++)
        {
            await writer.ChangeAsync(fstab => fstab.With(Entry($"/data{i}")), Token);
        }

        await other.WaitForExitAsync(Token);
        string[] lines = [.. _node.Read("/etc/fstab").Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
        string[] wanted = ["# mine", .. Enumerable.Range(1, 400).Select(i => $"host:/{i} /other{i} nfs defaults 0 0"),
            .. Enumerable.Range(1, 40).Select(i => Entry($"/data{i}").ToLine().TrimEnd())];
        Assert.Equal(wanted.Order(StringComparer.Ordinal), lines);
        Assert.Equal(["fstab"], Directory.GetFiles(_node.On("/etc"), "*fstab*").Select(Path.GetFileName));
    }

    /// <summary>Text that a program writes to the replaced file, which it had opened before, is copied into the new file.</summary>
    [Theory]
    [InlineData("a /a nfs x 0 0\n", "b /b nfs x 0 0\n")]
    [InlineData("", "b /b nfs x 0 0\n")]
    [InlineData("a /a nfs x 0 0", "\nb /b nfs x 0 0\n")]
    public async Task Writes_to_replaced_file_are_not_lost(string before, string late)
    {
        _node.Write("/etc/fstab", before);
        var other =
            Shell("exec 3>>\"$1\"; echo open; read -r _; printf %b \"$2\" >&3", late.Replace("\n", "\\n", StringComparison.Ordinal));
        await other.StandardOutput.ReadLineAsync(Token);
        var inode = FileStatus.Read(_node.Root.Fstab)!.Value.Inode;
        var change = new FstabWriter(_node.Root).ChangeAsync(fstab => fstab.With(Entry("/data")), Token);
        while (FileStatus.Read(_node.Root.Fstab)?.Inode == inode)
        {
            await Task.Yield();
        }

        await other.StandardInput.WriteLineAsync("go".AsMemory(), Token);
        other.StandardInput.Close();
        await change;
        var lines = _node.Read("/etc/fstab").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            (string[])[.. before.Split('\n', StringSplitOptions.RemoveEmptyEntries),
                .. late.Split('\n', StringSplitOptions.RemoveEmptyEntries), Entry("/data").ToLine().TrimEnd()],
                lines.Order(StringComparer.Ordinal).OrderBy(line => line.StartsWith("10.", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task File_replaced_during_edit_is_edited_again()
    {
        _node.Write("/etc/fstab", "# mine\n");
        var edits = 0;
        await new FstabWriter(_node.Root).ChangeAsync(
            fstab =>
            {
                if (++edits == 1)
                {
                    File.WriteAllText(_node.On("/etc/new"), "# hers\n");
                    File.Move(_node.On("/etc/new"), _node.Root.Fstab, overwrite: true);
                }

                return fstab.With(Entry("/data"));
            },
            Token);
        Assert.Equal("# hers\n" + Entry("/data").ToLine(), _node.Read("/etc/fstab"));
    }

    /// <summary>The change happens before or after the file was replaced. Before: the file itself stays.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Conflicting_change_of_other_program_is_kept(bool before)
    {
        _node.Write("/etc/fstab", "# mine\n");
        const string Line = "other:/ /data nfs4 defaults 0 0\n";
        await using var file = new FileStream(_node.Root.Fstab, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, 0);
        using var original = File.OpenHandle(_node.Root.Fstab, share: FileShare.ReadWrite | FileShare.Delete); // keeps its inode in use
        Task? late = null;
        var first = true;
        var inode = FileStatus.Read(_node.Root.Fstab)!.Value.Inode;
        var error = await Assert.ThrowsAsync<AgentException>(() => new FstabWriter(_node.Root).ChangeAsync(
            fstab =>
            {
                if (fstab.At("/data").Any(line => line.Entry!.Cluster is null))
                {
                    throw new AgentException(ErrorCode.MountConflict, "somebody else's");
                }

                if (first)
                {
                    first = false;
                    late = Task.Run(async () =>
                    {
                        while (!before && FileStatus.Read(_node.Root.Fstab)?.Inode == inode)
                        {
                            await Task.Yield();
                        }

                        await file.WriteAsync(System.Text.Encoding.ASCII.GetBytes(Line), Token);
                        await file.DisposeAsync();
                    }, Token);
                    if (before)
                    {
                        late.Wait(Token);
                    }
                }

                return fstab.With(Entry("/data"));
            },
            Token));
        await late!;
        Assert.Equal(ErrorCode.MountConflict, error.Code);
        Assert.Equal("# mine\n" + Line, _node.Read("/etc/fstab"));
        Assert.Equal(before, FileStatus.Read(_node.Root.Fstab)!.Value.Inode == inode);
    }

    [Fact]
    public async Task Lock_of_other_program_is_awaited()
    {
        Needs.Program("flock");
        _node.Write("/etc/fstab", "# mine\n");
        var other = await HolderAsync();
        var change = new FstabWriter(_node.Root).ChangeAsync(fstab => fstab.With(Entry("/data")), Token);
        await Task.WhenAny(change, Task.Delay(300, Token));
        Assert.False(change.IsCompleted);
        Assert.Empty(FstabWriter.Read(_node.Root).At("/data"));
        other.StandardInput.Close();
        await change;
        Assert.Equal("# mine\n# hers\n" + Entry("/data").ToLine(), _node.Read("/etc/fstab"));
    }

    [Fact]
    public async Task Lock_that_is_never_released_is_reported_and_ignored()
    {
        Needs.Program("flock");
        _node.Write("/etc/fstab", "# mine\n");
        var other = await HolderAsync();
        List<string> notes = [];
        await new FstabWriter(_node.Root).ChangeAsync(fstab => fstab.With(Entry("/data")), Token, notes.Add);
        Assert.Matches(@"^the lock on /etc/fstab is held by pid [0-9]+ \((flock|sh|dash|bash)\) for more than 5 s", Assert.Single(notes));
        Assert.Equal("# mine\n" + Entry("/data").ToLine(), _node.Read("/etc/fstab"));
        other.StandardInput.Close();
    }

    public void Dispose()
    {
        foreach (var other in _others)
        {
            using (other)
            {
                other.Kill(entireProcessTree: true);
            }
        }

        _node.Dispose();
    }

    private async Task<Process> HolderAsync()
    {
        var other = Shell("exec flock \"$1\" sh -c 'echo locked; read -r _; echo \"# hers\" >>\"$1\"' sh \"$1\"");
        Assert.Equal("locked", await other.StandardOutput.ReadLineAsync(Token));
        return other;
    }

    private Process Shell(string script, string argument = "")
    {
        var other = Process.Start(new ProcessStartInfo(
            "sh", ["-c", script, "sh", _node.Root.Fstab, argument])
        { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        _others.Add(other);
        return other;
    }

    private static FstabEntry Entry(string mountPoint) => new("10.0.0.1:/", mountPoint, "nfs4", "vers=4,x-thpc.cluster=hpc-8hje8h12");
}
