using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Native;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>Whether a path is root's: nobody but root, and who runs this process, can change what it leads to.</summary>
internal static class PathTrust
{
    /// <returns>The user, where it is neither root nor who runs this process.</returns>
    public static uint? ForeignOwner(uint? user) => user is null or 0 || user == NativeMethods.EffectiveUserId() ? null : user;

    /// <param name="path">Absolute, of this machine.</param>
    /// <returns>What others can change, in a sentence; null where nothing, or where nothing is there.</returns>
    public static string? Validate(string path)
    {
        string[] parts;
        try
        {
            parts = new NodeRoot("/").Resolve(path).Split('/', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (AgentException e)
        {
            return e.Message;
        }

        for (var count = 0; count <= parts.Length; count++)
        {
            var part = "/" + string.Join('/', parts.Take(count));
            if (FileStatus.Read(part) is not { } status)
            {
                return null;
            }

            if (ForeignOwner(status.UserId) is { } foreign)
            {
                return $"{part} belongs to user {foreign}";
            }

            // In a sticky directory who owns a name alone replaces it; but where it is the last, others can still add to it.
            if ((status.IsOpenToOthers || (status.IsOpenToGroup && AccessList.OpensToOthers(part))) && (!status.IsSticky || count == parts.Length))
            {
                return $"{part} can be written to by others than root";
            }
        }

        return null;
    }
}
