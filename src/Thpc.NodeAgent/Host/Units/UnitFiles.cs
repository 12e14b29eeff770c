using Thpc.NodeAgent.Host.Files;

namespace Thpc.NodeAgent.Host.Units;

/// <summary>The systemd units that the agent writes to /etc/systemd/system. multi-user.target starts them at boot.</summary>
internal sealed class UnitFiles(NodeRoot root)
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <returns>Names and texts of the services with this prefix.</returns>
    public IReadOnlyList<(string Name, string Text)> List(string prefix)
    {
        var folder = root.Locate(NodePaths.Units);
        if (!Directory.Exists(folder))
        {
            return [];
        }

        var files = Directory.EnumerateFiles(folder, $"{prefix}*.service").Where(IsOwn).Order(StringComparer.Ordinal);
        return [.. files.Select(path => (Path.GetFileName(path), RegularFile.ReadText(path) ?? ""))];
    }

    /// <returns>Null if the unit does not exist.</returns>
    public string? Read(string name) => RegularFile.ReadText(root.Locate($"{NodePaths.Units}/{name}"));

    public bool IsEnabled(string name) => new FileInfo(Link(name)).LinkTarget is not null;

    public void Write(string name, string text)
    {
        Directory.CreateDirectory(root.Locate(NodePaths.Units));
        AtomicFile.Write(root.Locate($"{NodePaths.Units}/{name}"), System.Text.Encoding.UTF8.GetBytes(text), Readable);
    }

    /// <summary>Enables the unit like `systemctl enable`, but without a running systemd.</summary>
    public void Enable(string name)
    {
        if (!IsEnabled(name))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Link(name))!);
            File.CreateSymbolicLink(Link(name), $"{NodePaths.Units}/{name}");
        }
    }

    public void Delete(string name)
    {
        // The link first: if this is interrupted, the unit no longer starts at boot. Its directory may not exist yet.
        if (IsEnabled(name))
        {
            File.Delete(Link(name));
        }

        File.Delete(root.Locate($"{NodePaths.Units}/{name}"));
    }

    /// <summary>The agent writes regular files only; links and other kinds are not its own.</summary>
    private static bool IsOwn(string path) => FileStatus.Read(path, link: true) is { Kind: FileKind.Regular };

    /// <summary>The path of the link that enables a unit.</summary>
    private string Link(string name) => $"{root.Locate($"{NodePaths.Units}/multi-user.target.wants")}/{name}";
}
