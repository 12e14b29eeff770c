using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Host;

public sealed partial class AtomicFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("thpc-atomic-").FullName;

    private string Target => Path.Combine(_directory, "fstab");

    [Theory]
    [InlineData("644")]
    [InlineData("600")]
    [InlineData("440")]
    public async Task Replace_keeps_mode_and_owner(string mode)
    {
        Needs.RootUser();
        await File.WriteAllTextAsync(Target, "old", Cancel);
        Run("chown", "12345:23456", Target);
        Run("chmod", mode, Target);
        await AtomicFile.ReplaceAsync(Target, "new"u8.ToArray(), Cancel);
        Assert.Equal("new", await File.ReadAllTextAsync(Target, Cancel));
        Assert.Equal($"12345 23456 {mode}\n", Run("stat", "-c", "%u %g %a", Target));
        Assert.Equal([Target], Directory.GetFileSystemEntries(_directory));
    }

    [Fact]
    public async Task Replace_keeps_extended_attributes()
    {
        await File.WriteAllTextAsync(Target, "old", Cancel);

        // `security.*` works on all file systems with attributes, but only for root.
        Needs.RootUser();
        Assert.Equal(0, NativeMethods.SetAttribute(Target, "security.thpc", [1, 2, 3], 3, 0));
        await AtomicFile.ReplaceAsync(Target, "new"u8.ToArray(), Cancel);
        var value = new byte[8];
        Assert.Equal(3, NativeMethods.GetAttribute(Target, "security.thpc", value, (nuint)value.Length));
        Assert.Equal([1, 2, 3], value[..3]);
    }

    [Fact]
    public async Task Replace_creates_a_missing_file_with_mode_0644()
    {
        await AtomicFile.ReplaceAsync(Target, "new"u8.ToArray(), Cancel);
        Assert.Equal("644\n", Run("stat", "-c", "%a", Target));
    }

    [Fact]
    public void Write_creates_a_private_file_by_default()
    {
        AtomicFile.Write(Target, "one"u8);
        Assert.Equal("600\n", Run("stat", "-c", "%a", Target));
        AtomicFile.Write(Target, "two"u8, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Equal("404\n", Run("stat", "-c", "%a", Target));
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
        foreach (var name in (string[])["fstab", "fstab.thpc-me-1.tmp", "fstab.thpc-she-1.tmp", "fstab.thpc--1.tmp"])
        {
            await File.WriteAllTextAsync(Path.Combine(_directory, name), name, Cancel);
        }

        await AtomicFile.ReplaceAsync(Target, "new"u8.ToArray(), Cancel, sharedAs: "");
        Assert.Equal(4, Directory.GetFileSystemEntries(_directory).Length);
        await AtomicFile.ReplaceAsync(Target, "newer"u8.ToArray(), Cancel, sharedAs: "me");
        Assert.Equal(
            ["fstab", "fstab.thpc--1.tmp", "fstab.thpc-she-1.tmp"],
            Directory.GetFileSystemEntries(_directory).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Full_disk_keeps_the_old_text()
    {
        Needs.RootUser();
        Run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", _directory);
        try
        {
            await File.WriteAllTextAsync(Target, "old", Cancel);
            await Assert.ThrowsAnyAsync<IOException>(() => AtomicFile.ReplaceAsync(Target, new byte[200_000], Cancel));
            Assert.ThrowsAny<IOException>(() => AtomicFile.Write(Target, new byte[200_000]));
            Assert.Equal("old", await File.ReadAllTextAsync(Target, Cancel));
            Assert.Equal([Target], Directory.GetFileSystemEntries(_directory));
        }
        finally
        {
            Run("umount", _directory);
        }
    }

    [Fact]
    public async Task Read_only_file_system_keeps_the_old_text()
    {
        Needs.RootUser();
        await File.WriteAllTextAsync(Target, "old", Cancel);
        Run("mount", "--bind", _directory, _directory);
        try
        {
            Run("mount", "-o", "remount,bind,ro", _directory);
            var replaced = await Record.ExceptionAsync(() => AtomicFile.ReplaceAsync(Target, "new"u8.ToArray(), Cancel));
            var written = Record.Exception(() => AtomicFile.Write(Target, "new"u8));
            Assert.True(replaced is IOException or UnauthorizedAccessException, $"{replaced}");
            Assert.True(written is IOException or UnauthorizedAccessException, $"{written}");
            Assert.Equal("old", await File.ReadAllTextAsync(Target, Cancel));
            Assert.Equal([Target], Directory.GetFileSystemEntries(_directory));
        }
        finally
        {
            Run("umount", _directory);
        }
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

    private static partial class NativeMethods
    {
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        [LibraryImport("libc", EntryPoint = "setxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
        public static partial int SetAttribute(string path, string name, byte[] value, nuint size, int flags);

        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        [LibraryImport("libc", EntryPoint = "getxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
        public static partial nint GetAttribute(string path, string name, [Out] byte[] value, nuint size);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, StandardOutputEncoding = Encoding.UTF8 })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
