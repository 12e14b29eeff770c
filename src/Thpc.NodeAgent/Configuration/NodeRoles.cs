namespace Thpc.NodeAgent.Configuration;

/// <summary>How roles are spelled: as the configuration has them, in any case, and as the API does (ManagerBackup).</summary>
internal static class NodeRoles
{
    private static readonly (string Name, NodeRole Role)[] Known =
    [
        ("COMPUTE", NodeRole.Compute), ("LOGIN", NodeRole.Login), ("MANAGER", NodeRole.Manager), ("MANAGER_BACKUP", NodeRole.ManagerBackup),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. Known.Select(known => known.Name)];

    /// <summary>All of them, for a message.</summary>
    public static string All { get; } = string.Join(", ", Names);

    public static string NameOf(NodeRole role) => Array.Find(Known, known => known.Role == role).Name;

    /// <returns>Null where the text names no role.</returns>
    public static NodeRole? Parse(string text)
    {
        foreach (var (name, role) in Known)
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
