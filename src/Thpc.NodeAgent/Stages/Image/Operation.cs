using Thpc.NodeAgent.Host.Files;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>One named operation of `image prep`. It only reports findings; <see cref="ImageStage"/> applies them.</summary>
/// <param name="does">A short description for users.</param>
/// <param name="inspect">Reports findings to the scanner.</param>
internal sealed class Operation(string name, bool isDefault, string does, Action<ImageScanner> inspect)
{
    public string Name => name;

    public bool IsDefault => isDefault;

    public string Does => does;

    public Action<ImageScanner> Inspect => inspect;

    /// <summary>
    /// The node's own program for the same purpose, run first on a running machine. Findings that it leaves are removed as usual.
    /// </summary>
    public IReadOnlyList<string> Program { get; init; } = [];

    /// <summary>Whether its findings belong to the old cluster although the operation is not a default.</summary>
    public bool IsOfCluster { get; init; }

    /// <summary>Whether a running machine soon recreates the findings; `image check` of one lists but does not count them.</summary>
    public bool IsRecreated { get; init; }

    /// <summary>Whether that program removes no more than the operation does.</summary>
    public Predicate<RootedFileTree> RunsProgram { get; init; } = _ => true;

    /// <summary>Whether systemd must be reloaded after its changes.</summary>
    public bool ChangesUnits { get; init; }

    /// <summary>Advice on findings that are listed even if the operation is not selected; null if they are not listed.</summary>
    public string? Advice { get; init; }
}
