namespace Thpc.NodeAgent.Host;

/// <summary>Units of systemd that the agent writes itself, in /etc/systemd/system of the node, started at boot by multi-user.target.</summary>
internal sealed class UnitFiles(NodeRoot root)
{
    private const string Folder = "/etc/systemd/system";
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <returns>Names and texts of the units whose names begin so.</returns>
    public IReadOnlyList<(string Name, string Text)> List(string prefix)
    {
        var folder = root.On(Folder);
        return Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder, $"{prefix}*.service").Order(StringComparer.Ordinal).Select(path => (Path.GetFileName(path), File.ReadAllText(path)))]
            : [];
    }

    /// <returns>Null where there is no such unit.</returns>
    public string? Read(string name) => File.Exists(root.On($"{Folder}/{name}")) ? File.ReadAllText(root.On($"{Folder}/{name}")) : null;

    public bool IsEnabled(string name) => new FileInfo(Link(name)).LinkTarget is not null;

    public void Write(string name, string text)
    {
        Directory.CreateDirectory(root.On(Folder));
        AtomicFile.Write(root.On($"{Folder}/{name}"), System.Text.Encoding.UTF8.GetBytes(text), Readable);
    }

    /// <summary>Has it started at every boot, as `systemctl enable` would; that one needs a running systemd.</summary>
    public void Enable(string name)
    {
        if (!IsEnabled(name))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Link(name))!);
            File.CreateSymbolicLink(Link(name), $"{Folder}/{name}");
        }
    }

    /// <summary>The link first: a link to nothing is harmless, a unit that still starts is not.</summary>
    public void Delete(string name)
    {
        File.Delete(Link(name));
        File.Delete(root.On($"{Folder}/{name}"));
    }

    private string Link(string name) => root.On($"{Folder}/multi-user.target.wants/{name}");
}
