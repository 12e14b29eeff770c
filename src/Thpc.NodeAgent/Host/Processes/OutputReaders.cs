namespace Thpc.NodeAgent.Host.Processes;

/// <summary>
/// Processes through which a script's output passes, such as `tee` in `exec > >(tee -a LOG)`. They end by themselves when those that write
/// to them have ended, and until then they hold its last words.
/// </summary>
internal static class OutputReaders
{
    /// <summary>Whether a process has a pipe as its standard input. A script has none, nor has what it starts outside of a pipeline.</summary>
    public static bool ReadsPipe(int id) => IsPipe(Descriptor(id, 0));

    /// <summary>Members of a script's family that read from a pipe, and all below them.</summary>
    public static IReadOnlySet<int> In(IReadOnlyList<ProcessEntry> family, int leader)
    {
        // Parents come before their children.
        var readers = new HashSet<int>();
        foreach (var entry in family.Where(entry => entry.Id != leader && (readers.Contains(entry.ParentId) || ReadsPipe(entry.Id))))
        {
            readers.Add(entry.Id);
        }

        return readers;
    }

    /// <summary>Whether a reader still has output to hand on: nothing writes to it any more, so its input ends.</summary>
    public static bool AreFinishing(IReadOnlyList<ProcessEntry> family)
    {
        var inputs = family.Select(entry => Descriptor(entry.Id, 0)).Where(IsPipe).ToHashSet();
        var outputs = family.SelectMany(entry => (string?[])[Descriptor(entry.Id, 1), Descriptor(entry.Id, 2)]).ToHashSet();
        return inputs.Any(input => !outputs.Contains(input));
    }

    /// <summary>The readers of what the first of some processes, a script, prints: by its descriptors, and by theirs in turn.</summary>
    public static IReadOnlySet<int> Find(IReadOnlyList<ProcessSnapshot> family)
    {
        var readers = new HashSet<int>();
        var pipes = Outputs(family.Take(1)).ToHashSet();
        for (var before = -1; readers.Count > before;)
        {
            before = readers.Count;
            var found = family.Skip(1).Where(snapshot => snapshot.Links.TryGetValue("0", out var input) && pipes.Contains(input)).ToList();
            readers.UnionWith(found.Select(snapshot => snapshot.Entry.Id));
            pipes.UnionWith(Outputs(found));
        }

        return readers;
    }

    /// <summary>Pipes that some processes write to.</summary>
    public static IReadOnlySet<string> WrittenPipes(IReadOnlyList<ProcessSnapshot> family) => Outputs(family).ToHashSet();

    private static IEnumerable<string> Outputs(IEnumerable<ProcessSnapshot> snapshots) =>
        snapshots.SelectMany(snapshot => (string?[])[snapshot.Links.GetValueOrDefault("1"), snapshot.Links.GetValueOrDefault("2")]).Where(IsPipe).OfType<string>();

    private static string? Descriptor(int id, int number) => ProcFiles.Target($"/proc/{id}/fd/{number}");

    private static bool IsPipe(string? target) => target?.StartsWith("pipe:[", StringComparison.Ordinal) == true;
}
