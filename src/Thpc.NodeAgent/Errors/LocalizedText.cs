namespace Thpc.NodeAgent.Errors;

/// <summary>
/// A sentence for people in both languages. Values carry both and the doors choose: who reads a report is not who wrote it.
/// Commands, paths, keys and codes are the same in both.
/// </summary>
internal sealed record LocalizedText(string English, string Chinese)
{
    public string In(Language language) => language == Language.Chinese ? Chinese : English;
}
