using Microsoft.Win32.SafeHandles;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>The node's own file systems, and not those that a server has.</summary>
internal static class LocalDisks
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Has everything that anybody wrote reach the disk (syncfs(2)), as an init script does not. Nothing is done for an unpacked image: no
    /// power is cut there.
    /// </summary>
    /// <returns>Why it is not known to be there; null where it is.</returns>
    public static async Task<string?> FlushAsync(NodeRoot root, CancellationToken cancel)
    {
        if (!root.IsLive)
        {
            return null;
        }

        string[] places = ["/", .. MountTree.Read().Entries.Where(entry => !entry.MayBlock && entry.Source.StartsWith("/dev/", StringComparison.Ordinal)).DistinctBy(entry => entry.Source).Select(entry => entry.MountPoint)];
        try
        {
            var failed = await BlockingCall.RunAsync(() => places.Where(place => !Flush(place)).ToList(), Limit, cancel);
            return failed.Count == 0 ? null : $"{string.Join(", ", failed)} could not be flushed to the disk";
        }
        catch (TimeoutException)
        {
            return $"the disks were not flushed within {Limit.TotalSeconds:0} s";
        }
    }

    private static bool Flush(string place)
    {
        var descriptor = NativeMethods.Open(place, NativeMethods.OpenDirectory | NativeMethods.OpenCloseOnExec);

        // A file that something is mounted on, such as a container's /etc/hosts, lies on a disk that a directory lies on too.
        if (descriptor < 0)
        {
            return true;
        }

        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        return NativeMethods.FlushFileSystem(handle) == 0;
    }
}
