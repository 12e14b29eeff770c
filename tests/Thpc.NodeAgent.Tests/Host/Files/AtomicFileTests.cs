using System.Diagnostics;
using Thpc.NodeAgent.Host.Files;

namespace Thpc.NodeAgent.Tests.Host.Files;

public sealed class AtomicFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("thpc-atomic-").FullName;

    private string Target => Path.Combine(_directory, "fstab");

    [Fact]
    public async Task Replace_creates_a_missing_file_with_mode_0644()
    {
        await AtomicFile.ReplaceAsync(Target, "new"u8.ToArray(), Cancel);
        Assert.Equal(new ToolRun(0, "644\n", ""), RepositoryTool.Run("stat", "-c", "%a", Target));
    }

    [Fact]
    public void Write_creates_a_private_file_by_default()
    {
        AtomicFile.Write(Target, "one"u8);
        Assert.Equal(new ToolRun(0, "600\n", ""), RepositoryTool.Run("stat", "-c", "%a", Target));
        AtomicFile.Write(Target, "two"u8, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Equal(new ToolRun(0, "404\n", ""), RepositoryTool.Run("stat", "-c", "%a", Target));
        Assert.Equal("two", File.ReadAllText(Target));
    }

    [Fact]
    public async Task Link_at_the_temporary_name_is_not_followed()
    {
        var victim = Path.Combine(_directory, "victim");
        await File.WriteAllTextAsync(victim, "mine", Cancel);
        await File.WriteAllTextAsync(Target, "old", Cancel);
        File.CreateSymbolicLink(AtomicFile.TemporaryName(Target), victim);
        await AtomicFile.ReplaceAsync(Target, "new"u8.ToArray(), Cancel);
        File.CreateSymbolicLink(AtomicFile.TemporaryName(Target), victim);
        AtomicFile.Write(Target, "newer"u8);
        Assert.Equal(("mine", "newer"), (await File.ReadAllTextAsync(victim, Cancel), await File.ReadAllTextAsync(Target, Cancel)));
        Assert.Null(new FileInfo(Target).LinkTarget);
    }

    [Fact]
    public async Task Sweep_deletes_only_files_of_killed_runs()
    {
        foreach (var name in (string[])["fstab", "fstab.thpc-1.tmp", "fstab.thpc-99999.tmp", "fstab.bak", "passwd.thpc-1.tmp",
            "fstab.thpc-1"])
        {
            await File.WriteAllTextAsync(Path.Combine(_directory, name), name, Cancel);
        }

        File.CreateSymbolicLink(Path.Combine(_directory, "fstab.thpc-2.tmp"), "fstab.bak");
        await AtomicFile.ReplaceAsync(Target, "new"u8.ToArray(), Cancel);
        Assert.Equal(
            ["fstab", "fstab.bak", "fstab.thpc-1", "passwd.thpc-1.tmp"],
            Directory.GetFileSystemEntries(_directory).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Sweep_deletes_files_with_the_number_of_a_thread_of_this_process()
    {
        // The kernel opens /proc/N for a thread too.
        var thread = Directory.GetDirectories("/proc/self/task").Select(Path.GetFileName).First(id => id != $"{Environment.ProcessId}");
        Assert.True(Directory.Exists($"/proc/{thread}"));
        await File.WriteAllTextAsync($"{Target}.thpc-{thread}.tmp", "", Cancel);
        AtomicFile.Sweep(Target);
        Assert.False(File.Exists($"{Target}.thpc-{thread}.tmp"));
    }

    [Fact]
    public void Write_sweeps_files_of_killed_runs()
    {
        foreach (var name in (string[])["fstab.thpc-99999999.tmp", "fstab.thpc-99999999.tmp.list", "fstab2.thpc-99999999.tmp"])
        {
            File.WriteAllText(Path.Combine(_directory, name), name);
        }

        AtomicFile.Write(Target, "new"u8);
        Assert.Equal(
            ["fstab", "fstab2.thpc-99999999.tmp"],
            Directory.GetFileSystemEntries(_directory).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Sweep_keeps_files_of_other_machines()
    {
        foreach (var name in (string[])["fstab", "fstab.thpc-me-1.tmp", "fstab.thpc-mel-1.tmp", "fstab.thpc--1.tmp"])
        {
            await File.WriteAllTextAsync(Path.Combine(_directory, name), name, Cancel);
        }

        await AtomicFile.ReplaceAsync(Target, "new"u8.ToArray(), Cancel, sharedAs: "");
        Assert.Equal(4, Directory.GetFileSystemEntries(_directory).Length);
        await AtomicFile.ReplaceAsync(Target, "newer"u8.ToArray(), Cancel, sharedAs: "me");
        Assert.Equal(
            ["fstab", "fstab.thpc--1.tmp", "fstab.thpc-mel-1.tmp"],
            Directory.GetFileSystemEntries(_directory).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Sweep_keeps_files_of_a_running_agent()
    {
        // The same program, in another process.
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["-waitForDebugger"]) { RedirectStandardOutput = true };
        using var other = Process.Start(start)!;
        var temporary = $"{Target}.thpc-{other.Id}.tmp";
        await File.WriteAllTextAsync(temporary, "", Cancel);
        try
        {
            AtomicFile.Sweep(Target);
            Assert.True(File.Exists(temporary));
        }
        finally
        {
            other.Kill();
            await other.WaitForExitAsync(CancellationToken.None);
        }

        AtomicFile.Sweep(Target);
        Assert.False(File.Exists(temporary));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Replacement_that_is_called_off_leaves_nothing(bool exists)
    {
        string[] before = exists ? [Target] : [];
        if (exists)
        {
            await File.WriteAllTextAsync(Target, "old", Cancel);
        }

        Assert.False(await AtomicFile.ReplaceAsync(Target, "new"u8.ToArray(), Cancel, mayReplace: () => false));
        Assert.Equal(before, Directory.GetFileSystemEntries(_directory));
        Assert.True(!exists || await File.ReadAllTextAsync(Target, Cancel) == "old");
    }

    [Fact]
    public async Task Created_file_is_private_and_replaces_a_link()
    {
        var victim = Path.Combine(_directory, "victim");
        await File.WriteAllTextAsync(victim, "mine", Cancel);
        File.CreateSymbolicLink(Target, victim);
        await using (var file = AtomicFile.Create(Target))
        {
            file.Write("new"u8);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file.SafeFileHandle));
        }

        Assert.Equal(("mine", "new"), (await File.ReadAllTextAsync(victim, Cancel), await File.ReadAllTextAsync(Target, Cancel)));
    }

    [Fact]
    public void File_without_fsync_needs_no_flush()
    {
        // fsync(2) of a device without it fails with EINVAL.
        using var file = new FileStream("/dev/null", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        AtomicFile.Flush(file);
    }

    [Fact]
    public async Task Readers_see_the_old_or_the_new_text()
    {
        byte[][] texts = [[.. Enumerable.Repeat((byte)'a', 70_000)], [.. Enumerable.Repeat((byte)'b', 90_000)]];
        AtomicFile.Write(Target, texts[0]);
        var writer = Task.Run(
            () =>
            {
                for (var round = 1; round <= 50; round++)
                {
                    AtomicFile.Write(Target, texts[round % 2], durable: false);
                }
            },
            Cancel);
        do
        {
            var seen = await File.ReadAllBytesAsync(Target, Cancel);
            Assert.Contains(texts, text => text.AsSpan().SequenceEqual(seen));
        }
        while (!writer.IsCompleted);

        await writer;
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;
}
