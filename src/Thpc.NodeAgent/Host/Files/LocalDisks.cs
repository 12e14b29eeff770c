using Microsoft.Win32.SafeHandles;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>The file systems on the node's own disks.</summary>
internal static class LocalDisks
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Flushes all written data of all programs to the disks (syncfs(2)): init scripts rarely do. Does nothing for an unpacked image.
    /// </summary>
    /// <returns>Why the data may not be on the disks; null on success.</returns>
    public static async Task<string?> FlushAsync(NodeRoot root, CancellationToken cancel)
    {
        if (!root.IsLive)
        {
            return null;
        }

        var disks = MountTree.Read().Entries.Where(entry => !entry.MayBlock && entry.Source.StartsWith("/dev/", StringComparison.Ordinal));
        string[] mountPoints = ["/", .. disks.DistinctBy(entry => entry.Source).Select(entry => entry.MountPoint)];
        try
        {
            var failed = await BlockingCall.RunAsync(() => mountPoints.Where(mountPoint => !Flush(mountPoint)).ToList(), Limit, cancel);
            return failed.Count == 0 ? null : $"could not flush {string.Join(", ", failed)} to the disk";
        }
        catch (TimeoutException)
        {
            return $"the disks were not flushed within {Limit.TotalSeconds:0} s";
        }
    }

    private static bool Flush(string mountPoint)
    {
        var descriptor = NativeMethods.Open(mountPoint, NativeMethods.OpenDirectory | NativeMethods.OpenCloseOnExec);

        // A mount point that is a file, such as a container's /etc/hosts: a directory of the same disk is flushed too.
        if (descriptor < 0)
        {
            return true;
        }

        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        return NativeMethods.FlushFileSystem(handle) == 0;
    }
}
