namespace Thpc.NodeAgent.Configuration.Toml;

/// <summary>A syntax error in plain words.</summary>
/// <param name="At">Its first character in the text, from 0.</param>
/// <param name="Message">The error, and what would be right.</param>
internal sealed record TomlMistake(int At, string Message)
{
    /// <summary>Whether it lies inside a string, where the form of the line means nothing.</summary>
    public bool IsInString { get; init; }
}
