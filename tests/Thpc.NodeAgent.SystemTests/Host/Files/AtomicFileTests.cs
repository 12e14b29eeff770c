using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Thpc.NodeAgent.Host.Files;

namespace Thpc.NodeAgent.SystemTests.Host.Files;

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
    public async Task Full_disk_keeps_the_old_text()
    {
        Needs.RootUser();
        Run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", _directory);
        try
        {
            await File.WriteAllTextAsync(Target, "old", Cancel);
            await Assert.ThrowsAnyAsync<IOException>(() => AtomicFile.ReplaceAsync(Target, new byte[200_000], Cancel));
            Assert.Equal([Target], Directory.GetFileSystemEntries(_directory));
            Assert.ThrowsAny<IOException>(() => AtomicFile.Write(Target, new byte[200_000]));
            Assert.Equal([Target], Directory.GetFileSystemEntries(_directory));
            Assert.ThrowsAny<IOException>(() => AtomicFile.Reserve(Target, 200_000));
            Assert.Equal([Target], Directory.GetFileSystemEntries(_directory));
            Assert.Equal("old", await File.ReadAllTextAsync(Target, Cancel));
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
