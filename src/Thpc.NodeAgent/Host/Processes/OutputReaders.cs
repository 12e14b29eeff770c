namespace Thpc.NodeAgent.Host.Processes;

/// <summary>
/// Processes that a script's output passes through, such as `tee` in `exec > >(tee -a LOG)`. They end by themselves after all their
/// writers have ended; until then they may hold the last lines of the output.
/// </summary>
internal static class OutputReaders
{
    /// <summary>Whether a process has a pipe as standard input. Scripts do not, nor do their children outside of a pipeline.</summary>
    public static bool ReadsPipe(int id) => IsPipe(Descriptor(id, 0));

    /// <summary>The members of a script's family that read from a pipe, and their descendants.</summary>
    public static IReadOnlySet<int> PipeReaders(IReadOnlyList<ProcessEntry> family, int leader)
    {
        // Parents come before their children.
        var readers = new HashSet<int>();
        foreach (var entry in family.Where(entry => entry.Id != leader && (readers.Contains(entry.ParentId) || ReadsPipe(entry.Id))))
        {
            readers.Add(entry.Id);
        }

        return readers;
    }

    /// <summary>Whether a reader is about to end: its pipe has no writer any more, but it may still hold output.</summary>
    public static bool AreFinishing(IReadOnlyList<ProcessEntry> family)
    {
        var inputs = family.Select(entry => Descriptor(entry.Id, 0)).Where(IsPipe).ToHashSet();
        var outputs = family.SelectMany(entry => (string?[])[Descriptor(entry.Id, 1), Descriptor(entry.Id, 2)]).ToHashSet();
        return inputs.Any(input => !outputs.Contains(input));
    }

    /// <summary>Finds the readers of a script's output, and the readers of their output in turn, by their descriptors.</summary>
    /// <param name="family">The script first.</param>
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

    /// <summary>The pipes that these processes write to.</summary>
    public static IReadOnlySet<string> WrittenPipes(IReadOnlyList<ProcessSnapshot> family) => Outputs(family).ToHashSet();

    private static IEnumerable<string> Outputs(IEnumerable<ProcessSnapshot> snapshots) =>
        snapshots.SelectMany(snapshot => (string?[])[snapshot.Links.GetValueOrDefault("1"), snapshot.Links.GetValueOrDefault("2")])
            .Where(IsPipe).OfType<string>();

    private static string? Descriptor(int id, int number) => ProcFiles.Target($"/proc/{id}/fd/{number}");

    private static bool IsPipe(string? target) => target?.StartsWith("pipe:[", StringComparison.Ordinal) == true;
}
