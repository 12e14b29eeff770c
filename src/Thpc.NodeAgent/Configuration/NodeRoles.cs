namespace Thpc.NodeAgent.Configuration;

/// <summary>Spellings of roles: those of the configuration, in any case, and those of the API (ManagerBackup).</summary>
internal static class NodeRoles
{
    private static readonly (string Name, NodeRole Role)[] Known =
    [
        ("COMPUTE", NodeRole.Compute), ("LOGIN", NodeRole.Login), ("MANAGER", NodeRole.Manager), ("MANAGER_BACKUP", NodeRole.ManagerBackup),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. Known.Select(known => known.Name)];

    /// <summary>All role names, for messages.</summary>
    public static string All { get; } = string.Join(", ", Names);

    public static string NameOf(NodeRole role) => Array.Find(Known, known => known.Role == role).Name;

    /// <returns>Null if the text is not a role.</returns>
    public static NodeRole? Parse(string text)
    {
        foreach (var (name, role) in Known)
        {
            // The API spells a role like the enum member.
            if (string.Equals(text, name, StringComparison.OrdinalIgnoreCase)
                || string.Equals(text, role.ToString(), StringComparison.OrdinalIgnoreCase))
            {
                return role;
            }
        }

        return null;
    }
}
