namespace Thpc.NodeAgent.Configuration;

/// <summary>How roles are spelled: as the configuration has them, in any case, and as the API does (ManagerBackup).</summary>
internal static class NodeRoles
{
    private static readonly (string Name, NodeRole Role)[] Names =
    [
        ("COMPUTE", NodeRole.Compute), ("LOGIN", NodeRole.Login), ("MANAGER", NodeRole.Manager), ("MANAGER_BACKUP", NodeRole.ManagerBackup),
    ];

    /// <summary>All of them, for a message.</summary>
    public static string All { get; } = string.Join(", ", Names.Select(name => name.Name));

    public static string NameOf(NodeRole role) => Array.Find(Names, name => name.Role == role).Name;

    /// <returns>Null where the text names no role.</returns>
    public static NodeRole? Parse(string text)
    {
        foreach (var (name, role) in Names)
        {
            // The API's enumeration has the member's own name.
            if (string.Equals(text, name, StringComparison.OrdinalIgnoreCase) || string.Equals(text, role.ToString(), StringComparison.OrdinalIgnoreCase))
            {
                return role;
            }
        }

        return null;
    }
}
