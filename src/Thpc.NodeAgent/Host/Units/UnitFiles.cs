using Thpc.NodeAgent.Host.Files;

namespace Thpc.NodeAgent.Host.Units;

/// <summary>Units of systemd that the agent writes itself, in /etc/systemd/system of the node, started at boot by multi-user.target.</summary>
internal sealed class UnitFiles(NodeRoot root)
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <returns>Names and texts of the units whose names begin so.</returns>
    public IReadOnlyList<(string Name, string Text)> List(string prefix)
    {
        var folder = root.Locate(NodePaths.Units);
        return Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder, $"{prefix}*.service").Where(IsOwn).Order(StringComparer.Ordinal).Select(path => (Path.GetFileName(path), RegularFile.ReadText(path) ?? ""))]
            : [];
    }

    /// <returns>Null where there is no such unit.</returns>
    public string? Read(string name) => RegularFile.ReadText(root.Locate($"{NodePaths.Units}/{name}"));

    public bool IsEnabled(string name) => new FileInfo(Link(name)).LinkTarget is not null;

    public void Write(string name, string text)
    {
        Directory.CreateDirectory(root.Locate(NodePaths.Units));
        AtomicFile.Write(root.Locate($"{NodePaths.Units}/{name}"), System.Text.Encoding.UTF8.GetBytes(text), Readable);
    }

    /// <summary>Has it started at every boot, as `systemctl enable` would; that one needs a running systemd.</summary>
    public void Enable(string name)
    {
        if (!IsEnabled(name))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Link(name))!);
            File.CreateSymbolicLink(Link(name), $"{NodePaths.Units}/{name}");
        }
    }

    /// <summary>The link first: a link to nothing is harmless, a unit that still starts is not.</summary>
    public void Delete(string name)
    {
        File.Delete(Link(name));
        File.Delete(root.Locate($"{NodePaths.Units}/{name}"));
    }

    /// <summary>The agent writes files: what is a link, a FIFO or the like is another's.</summary>
    private static bool IsOwn(string path) => FileStatus.Read(path, link: true) is { Kind: FileKind.Regular };

    /// <summary>The link itself, and not what it leads to.</summary>
    private string Link(string name) => $"{root.Locate($"{NodePaths.Units}/multi-user.target.wants")}/{name}";
}
