namespace Thpc.NodeAgent.Stages.Image;

internal enum TraceKind
{
    /// <summary>Regular files.</summary>
    File,

    /// <summary>Regular files at any depth of the directories, their directories staying.</summary>
    FilesBelow,

    /// <summary>Everything in the directories.</summary>
    Content,

    /// <summary>Some lines of regular files.</summary>
    Lines,
}

/// <summary>One thing that an image should not have, by where it lies.</summary>
/// <param name="operation">The name of the operation that takes it away.</param>
/// <param name="patterns">Absolute paths, a blank between them; `*` stands for any characters of one name.</param>
/// <param name="what">For people.</param>
internal sealed class Trace(string operation, string patterns, string what, TraceKind kind = TraceKind.File)
{
    public string Operation => operation;

    public IReadOnlyList<string> Patterns => patterns.Split(' ');

    public string What => what;

    public TraceKind Kind => kind;

    /// <summary>Which names of files count; null: every name.</summary>
    public Predicate<string>? Named { get; init; }

    /// <summary>What becomes of a line, its line feed included: null where it goes, the line itself where it stays.</summary>
    public Func<string, string?>? Line { get; init; }

    /// <summary>On the machine itself this is in memory, or running programs write it again: only an unpacked image is rid of it.</summary>
    public bool IsOffline { get; init; }
}
