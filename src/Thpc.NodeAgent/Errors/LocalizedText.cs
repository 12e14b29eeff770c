namespace Thpc.NodeAgent.Errors;

/// <summary>
/// A text in both languages. Values carry both, and the place that prints them chooses, because a report may be read in another
/// language than it was written in. Commands, paths, keys, codes and what other programs print are the same in both.
/// </summary>
internal sealed record LocalizedText(string English, string Chinese)
{
    public static LocalizedText Comma { get; } = new(", ", "，");

    public static LocalizedText Semicolon { get; } = new("; ", "；");

    public static LocalizedText Colon { get; } = new(": ", "：");

    /// <summary>A text that is the same in both languages.</summary>
    public static implicit operator LocalizedText(string text) => new(text, text);

    public static LocalizedText operator +(LocalizedText left, LocalizedText right) =>
        new(left.English + right.English, left.Chinese + right.Chinese);

    public string In(Language language) => language == Language.Chinese ? Chinese : English;

    /// <summary>Changes both texts in the same way.</summary>
    public LocalizedText Map(Func<string, string> change) => new(change(English), change(Chinese));

    /// <summary>The lines of the text; a last line break ends the last line.</summary>
    public string[] Lines(Language language) => In(language).ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');

    public static LocalizedText Join(LocalizedText separator, IReadOnlyCollection<LocalizedText> texts) => new(
        string.Join(separator.English, texts.Select(text => text.English)),
        string.Join(separator.Chinese, texts.Select(text => text.Chinese)));

    /// <returns>The English text.</returns>
    public override string ToString() => English;
}
