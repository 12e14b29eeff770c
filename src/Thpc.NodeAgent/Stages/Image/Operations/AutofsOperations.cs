using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image.Operations;

/// <summary>Takes the entries that mount from a network out of the maps of autofs that are files.</summary>
internal sealed class AutofsOperations(ImageScanner find)
{
    private const string Master = "/etc/auto.master";
    private const string Folder = "/etc/auto.master.d";

    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    public void Collect()
    {
        TakeMaster(Master);
        TakeFolder(Folder);
    }

    private void TakeFolder(string folder)
    {
        foreach (var entry in find.List(folder).Where(entry => !entry.IsMount && TreePath.Name(entry.Path) is [not '.', ..] name && name.EndsWith(".autofs", StringComparison.Ordinal)))
        {
            TakeMaster(entry.Path);
        }
    }

    private void TakeMaster(string path)
    {
        if (!_seen.Add(path))
        {
            return;
        }

        var entry = new AutofsReader(find.Lines(path));
        while (entry.Read())
        {
            if (entry.Words is [['+', .. var included], ..])
            {
                Include(included);
            }
            else if (entry.Words is [var place, var map, ..])
            {
                var type = entry.Words.Skip(2).Select(AutofsMaps.TypeOf).FirstOrDefault(type => type is not null);
                TakeMap(map, type, $"{path} line {entry.First + 1}: {place}");
            }
        }
    }

    /// <summary>Of other files; a master map that is no file is no trace of a cluster but for the NIS domain.</summary>
    private void Include(string included)
    {
        if (included.StartsWith("dir:", StringComparison.Ordinal) && AutofsMaps.Locate($"file:{included["dir:".Length..]}").File is { } folder)
        {
            TakeFolder(folder);
        }
        else if (AutofsMaps.Locate(included).File is { } file)
        {
            TakeMaster(file);
        }
    }

    /// <param name="type">What the master map says of all entries.</param>
    /// <param name="whose">What names the map, for people.</param>
    private void TakeMap(string map, string? type, string whose)
    {
        var (file, other) = AutofsMaps.Locate(map);
        if (file is null)
        {
            if (other is not null)
            {
                find.Note($"{TreePath.Display(whose)} mounts by autofs what {TreePath.Display(other)} says: no file that can be read; left");
            }

            return;
        }

        if (!_seen.Add(file) || find.RegularBehind(file) is not { } found)
        {
            return;
        }

        if (found.Status!.Value.IsExecutable && !map.StartsWith("file", StringComparison.Ordinal))
        {
            find.Note($"{TreePath.Display(whose)} mounts by autofs what the program {TreePath.Display(file)} says: left");
            return;
        }

        find.RemoveLines(file, lines => Reasons(lines, type));
        var entry = new AutofsReader(find.Lines(file));
        while (entry.Read())
        {
            if (entry.Words.Any(word => AutofsMaps.TypeOf(word) == "autofs"))
            {
                TakeMap(entry.Words[^1], null, $"{file} line {entry.First + 1}: {entry.Words[0]}");
            }
        }
    }

    private static string?[] Reasons(IReadOnlyList<string> lines, string? type)
    {
        var reasons = new string?[lines.Count];
        var entry = new AutofsReader(lines);
        while (entry.Read())
        {
            for (var i = 0; i < entry.Count && AutofsMaps.Network(entry.Words, type) is { } mounted; i++)
            {
                reasons[entry.First + i] = $"autofs mounts {TreePath.Display(mounted)}";
            }
        }

        return reasons;
    }
}
