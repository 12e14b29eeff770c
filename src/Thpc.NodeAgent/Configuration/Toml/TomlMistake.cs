using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Configuration.Toml;

/// <summary>A syntax error in plain words.</summary>
/// <param name="At">Its first character in the text, from 0.</param>
/// <param name="Text">The error, and what would be right.</param>
internal sealed record TomlMistake(int At, LocalizedText Text)
{
    /// <summary>Whether it lies inside a string, where the form of the line means nothing.</summary>
    public bool IsInString { get; init; }
}
