using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>Helpers for tests of images.</summary>
internal static partial class ImageNodes
{
    /// <summary>Writes a file whose name may contain any bytes; each character of the name is one byte.</summary>
    public static void WriteRaw(this TemporaryNode node, string path, string text)
    {
        MakeDirectories(node, path);
        using var root = new SafeFileHandle(NativeMethods.Open("/", NativeMethods.OpenDirectory), ownsHandle: true);
        var descriptor = NativeMethods.OpenAt(
            root, TreePath.Bytes(node.Directory + path),
            NativeMethods.OpenWriteOnly | NativeMethods.OpenCreate | NativeMethods.OpenNoFollow, 0x1A4);
        Assert.True(descriptor >= 0, $"{path} cannot be made");
        using var file = new SafeFileHandle(descriptor, ownsHandle: true);
        RandomAccess.Write(file, Encoding.Latin1.GetBytes(text), 0);
    }

    public static void Link(this TemporaryNode node, string path, string target)
    {
        MakeDirectories(node, path);
        File.CreateSymbolicLink(node.On(path), target);
    }

    /// <summary>Bash function: `snapshot DIRECTORY FILE` writes a file for <see cref="ReadSnapshot"/>.</summary>
    public const string Snapshot =
        "snapshot() { (cd -- \"$1\" && { find . -printf '%p|%y %m %U:%G %l\\0'; find . -type f -exec sha256sum -z {} + | sed -z -E "
            + "'s/^([^ ]*) .(.*)$/\\2|sum \\1/'; }) >\"$2\"; }\n";

    /// <returns>Kind, mode, owner, link target and content of everything below a directory, by path.</returns>
    public static async Task<IReadOnlyDictionary<string, string>> SnapshotAsync(string directory)
    {
        var file = Path.GetTempFileName();
        try
        {
            var run = await ProgramRunner.RunAsync(
                ["bash", "-c", Snapshot + "snapshot \"$1\" \"$2\"", "bash", directory, file], TimeSpan.FromMinutes(1),
                TestContext.Current.CancellationToken);
            Assert.True(run.Succeeded, run.Output);
            return ReadSnapshot(file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    public static IReadOnlyDictionary<string, string> ReadSnapshot(string file) =>
        File.ReadAllText(file, Encoding.Latin1).Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .GroupBy(line => line[1..line.LastIndexOf('|')], line => line[line.LastIndexOf('|')..])
            .ToDictionary(group => group.Key, group => string.Join(' ', group.Order(StringComparer.Ordinal)), StringComparer.Ordinal);

    public static Task DeleteAsync(string path) =>
        ProgramRunner.RunAsync(["rm", "-rf", "--", path], TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

    private static void MakeDirectories(TemporaryNode node, string path)
    {
        for (var slash = path.IndexOf('/', 1); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            _ = MakeDirectory(TreePath.Bytes(node.Directory + path[..slash]), 0x1ED);
        }
    }

    [LibraryImport("libc", EntryPoint = "mkdir")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MakeDirectory(ReadOnlySpan<byte> path, uint mode);
}
