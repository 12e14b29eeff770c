using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image.Operations;

/// <summary>Removes the entries that mount from a network from autofs maps that are files.</summary>
internal sealed class AutofsOperations(ImageScanner scanner)
{
    private const string Master = "/etc/auto.master";
    private const string Folder = "/etc/auto.master.d";

    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    public void Collect()
    {
        CollectMaster(Master);
        CollectDirectory(Folder);
    }

    private void CollectDirectory(string folder)
    {
        static bool IsMasterMap(string name) => !name.StartsWith('.') && name.EndsWith(".autofs", StringComparison.Ordinal);
        foreach (var entry in scanner.List(folder).Where(entry => !entry.IsMount && IsMasterMap(TreePath.Name(entry.Path))))
        {
            CollectMaster(entry.Path);
        }
    }

    private void CollectMaster(string path)
    {
        if (!_seen.Add(path))
        {
            return;
        }

        var entry = new AutofsReader(scanner.Lines(path));
        while (entry.Read())
        {
            if (entry.Fields is [['+', .. var included], ..])
            {
                Include(included);
            }
            else if (entry.Fields is [var mountPoint, var map, ..])
            {
                var type = entry.Fields.Skip(2).Select(AutofsMaps.TypeOf).FirstOrDefault(type => type is not null);
                CollectMap(map, type, $"{path} line {entry.First + 1}: {mountPoint}");
            }
        }
    }

    /// <summary>
    /// Follows an include to other files. An included map that is not a file leaves no trace except the NIS domain, which scheduler-keys
    /// removes.
    /// </summary>
    private void Include(string included)
    {
        if (included.StartsWith("dir:", StringComparison.Ordinal)
            && AutofsMaps.Locate($"file:{included["dir:".Length..]}").File is { } folder)
        {
            CollectDirectory(folder);
        }
        else if (AutofsMaps.Locate(included).File is { } file)
        {
            CollectMaster(file);
        }
    }

    /// <param name="type">The fstype that the master map sets for all entries; null if it sets none.</param>
    /// <param name="entryText">The entry that names the map, for users.</param>
    private void CollectMap(string map, string? type, string entryText)
    {
        var (file, other) = AutofsMaps.Locate(map);
        if (file is null)
        {
            if (other is not null)
            {
                scanner.Note(
                    $"{TreePath.Display(entryText)} is an autofs mount of the map {TreePath.Display(other)}, "
                    + "which is not a readable file: kept");
            }

            return;
        }

        if (!_seen.Add(file) || scanner.FindFileFollowingLinks(file) is not { } found)
        {
            return;
        }

        if (found.Status!.Value.IsExecutable && !map.StartsWith("file", StringComparison.Ordinal))
        {
            scanner.Note($"{TreePath.Display(entryText)} is an autofs mount of the program map {TreePath.Display(file)}: kept");
            return;
        }

        scanner.RemoveLines(file, lines => Reasons(lines, type));
        var entry = new AutofsReader(scanner.Lines(file));
        while (entry.Read())
        {
            if (entry.Fields.Any(field => AutofsMaps.TypeOf(field) == "autofs"))
            {
                CollectMap(entry.Fields[^1], null, $"{file} line {entry.First + 1}: {entry.Fields[0]}");
            }
        }
    }

    private static string?[] Reasons(IReadOnlyList<string> lines, string? type)
    {
        var reasons = new string?[lines.Count];
        var entry = new AutofsReader(lines);
        while (entry.Read())
        {
            for (var i = 0; i < entry.Count && AutofsMaps.FindNetworkMount(entry.Fields, type) is { } mounted; i++)
            {
                reasons[entry.First + i] = $"autofs mounts {TreePath.Display(mounted)}";
            }
        }

        return reasons;
    }
}
