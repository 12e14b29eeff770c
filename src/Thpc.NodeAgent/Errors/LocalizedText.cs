namespace Thpc.NodeAgent.Errors;

/// <summary>
/// A sentence in both languages. Values carry both, and the place that prints them chooses, because a report may be read in
/// another language than it was written in. Commands, paths, keys and codes are the same in both.
/// </summary>
internal sealed record LocalizedText(string English, string Chinese)
{
    public string In(Language language) => language == Language.Chinese ? Chinese : English;
}
