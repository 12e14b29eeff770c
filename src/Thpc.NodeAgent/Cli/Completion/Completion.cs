namespace Thpc.NodeAgent.Cli;

/// <summary>A word that can be typed next.</summary>
/// <param name="Description">One line, which zsh and fish show; empty: none.</param>
internal sealed record Completion(string Word, string Description = "")
{
    /// <summary>The shell completes the name of a file.</summary>
    public static readonly Completion Files = new(":files");

    /// <summary>The shell completes the name of a directory.</summary>
    public static readonly Completion Directories = new(":directories");

    /// <summary>False for what the shell itself completes.</summary>
    public bool IsWord => !Word.StartsWith(':');
}
