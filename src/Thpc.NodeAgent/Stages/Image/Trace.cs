namespace Thpc.NodeAgent.Stages.Image;

internal enum TraceKind
{
    /// <summary>Regular files.</summary>
    File,

    /// <summary>Regular files at any depth of the directories; the directories stay.</summary>
    FilesBelow,

    /// <summary>Everything in the directories.</summary>
    Content,

    /// <summary>Some lines of regular files.</summary>
    Lines,
}

/// <summary>One kind of leftover at fixed paths.</summary>
/// <param name="operation">The name of the operation that removes it.</param>
/// <param name="patterns">Absolute paths separated by blanks; `*` matches any characters within one name.</param>
/// <param name="what">A short description for users.</param>
internal sealed class Trace(string operation, string patterns, string what, TraceKind kind = TraceKind.File)
{
    public string Operation => operation;

    public IReadOnlyList<string> Patterns => patterns.Split(' ');

    public string What => what;

    public TraceKind Kind => kind;

    /// <summary>Selects file names; null selects all.</summary>
    public Predicate<string>? Named { get; init; }

    /// <summary>Returns the new text of a line (with its line feed), or null to remove it.</summary>
    public Func<string, string?>? Line { get; init; }

    /// <summary>Whether only unpacked images are cleaned: on a running machine it is in memory or is written again.</summary>
    public bool IsOfflineOnly { get; init; }
}
