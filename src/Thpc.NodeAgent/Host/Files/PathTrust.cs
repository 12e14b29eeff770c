using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Native;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>Checks that only root and the user of this process can change what a path leads to.</summary>
internal static class PathTrust
{
    /// <returns>The user; null if it is root or the user of this process.</returns>
    public static uint? ForeignOwner(uint? user) => user is null or 0 || user == NativeMethods.EffectiveUserId() ? null : user;

    /// <param name="path">An absolute path of this machine.</param>
    /// <returns>Which part other users can change, as a sentence; null if none, or if the path does not exist.</returns>
    public static LocalizedText? Validate(string path)
    {
        if (new NodeRoot("/").TryResolve(path, out var real) is { } problem)
        {
            return problem.Text;
        }

        var parts = real.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var count = 0; count <= parts.Length; count++)
        {
            var part = "/" + string.Join('/', parts.Take(count));
            if (FileStatus.Read(part) is not { } status)
            {
                return null;
            }

            if (ForeignOwner(status.UserId) is { } foreign)
            {
                return Messages.OwnedBy(part, $"{foreign}");
            }

            // In a sticky directory only its owner can replace an entry; but if it is the last part, other users can add entries.
            var isOpen = status.IsWritableByOthers || (status.IsWritableByGroup && AccessList.AllowsOthersToWrite(part));
            if (isOpen && (!status.IsSticky || count == parts.Length))
            {
                return Messages.WritableByOthers(part);
            }
        }

        return null;
    }
}
