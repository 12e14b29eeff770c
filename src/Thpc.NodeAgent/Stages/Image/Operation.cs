using Thpc.NodeAgent.Host.Files;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>One kind of thing that an image should not have. It only looks; that what it finds is carried out or listed is written once, elsewhere.</summary>
/// <param name="does">For people, in a few words.</param>
/// <param name="snapshot">Hands what it finds to the finder.</param>
internal sealed class Operation(string name, bool isDefault, string does, Action<ImageScanner> snapshot)
{
    public string Name => name;

    public bool IsDefault => isDefault;

    public string Does => does;

    public Action<ImageScanner> Inspect => snapshot;

    /// <summary>A program of the node that cleans too, run first on the machine itself; what it left of the findings then goes as ever.</summary>
    public IReadOnlyList<string> Program { get; init; } = [];

    /// <summary>Whether what it finds tells of the old cluster, although it goes on request only.</summary>
    public bool IsOfCluster { get; init; }

    /// <summary>Whether a running machine soon has it again; `image check` of one names it and does not count it.</summary>
    public bool ComesAgain { get; init; }

    /// <summary>Whether that program takes away no more than the operation does.</summary>
    public Predicate<RootedFileTree> RunsProgram { get; init; } = _ => true;

    /// <summary>Whether systemd makes units of what it changes.</summary>
    public bool ChangesUnits { get; init; }

    /// <summary>For an operation on request whose findings are always named: what to do about them. Null for every other.</summary>
    public string? IfLeft { get; init; }
}
