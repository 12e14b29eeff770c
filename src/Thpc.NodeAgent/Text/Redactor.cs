using System.Buffers;
using System.Text;

namespace Thpc.NodeAgent.Text;

/// <summary>
/// Hides secrets in a text: known values, and values whose name or form shows that they are secret. It scans the text a fixed number
/// of times and looks back a bounded number of characters, so its time is linear in the length.
/// </summary>
/// <param name="secrets">Known secret values. Values under six characters are ignored: they would match inside other words.</param>
internal sealed class Redactor(IEnumerable<string> secrets)
{
    public const string Mark = "[redacted]";
    private const int MinSecretLength = 6;

    // Tencent Cloud's key ids begin with this.
    private const string KeyId = "AKID";
    private const int MinKeyIdRest = 8;

    // RFC 7468.
    private const string Begin = "-----BEGIN ";
    private const string End = "-----END ";
    private const string KeyLabel = "PRIVATE KEY-----";
    private const int MaxLabelLength = 64;

    private static readonly SearchValues<char> LabelCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ");

    private static readonly Redactor Forms = new([]);

    // The longest first, because one secret may be the beginning of another.
    private readonly string[] _secrets =
        [.. secrets.Where(secret => secret.Length >= MinSecretLength).Distinct().OrderByDescending(secret => secret.Length)];

    /// <summary>A range of characters to hide.</summary>
    internal readonly record struct Part(int Start, int End);

    /// <summary>Hides values whose name or form shows that they are secret, such as the user and the query of a URL.</summary>
    public static string ByForm(string text) => Forms.Apply(text);

    public string Apply(string text)
    {
        foreach (var secret in _secrets)
        {
            text = text.Replace(secret, Mark, StringComparison.Ordinal);
        }

        text = Hide(text, PrivateKeys(text));
        text = Hide(text, NamedSecretFinder.Find(text));
        text = Hide(text, UrlSecretFinder.Find(text));
        return Hide(text, KeyIds(text));
    }

    private static string Hide(string text, IEnumerable<Part> parts)
    {
        StringBuilder? shown = null;
        var copied = 0;
        foreach (var part in parts)
        {
            shown ??= new StringBuilder(text.Length);
            shown.Append(text, copied, part.Start - copied).Append(Mark);
            copied = part.End;
        }

        return shown?.Append(text, copied, text.Length - copied).ToString() ?? text;
    }

    /// <summary>Finds private keys in PEM, including one that is cut off by the end of the text.</summary>
    private static IEnumerable<Part> PrivateKeys(string text)
    {
        for (var at = 0; (at = text.IndexOf(Begin, at, StringComparison.Ordinal)) >= 0;)
        {
            var end = AfterLabel(text, at + Begin.Length);
            if (end < 0)
            {
                at += Begin.Length;
                continue;
            }

            var start = at;
            for (at = end; ; at += End.Length)
            {
                at = text.IndexOf(End, at, StringComparison.Ordinal);
                end = at < 0 ? text.Length : AfterLabel(text, at + End.Length);
                if (end >= 0)
                {
                    break;
                }
            }

            yield return new Part(start, end);
            at = end;
        }
    }

    /// <returns>The index after the label of a private key; negative if the label is another one.</returns>
    private static int AfterLabel(string text, int at)
    {
        var label = text.AsSpan(at, Math.Min(MaxLabelLength, text.Length - at));
        var key = label.IndexOf(KeyLabel, StringComparison.Ordinal);
        return key >= 0 && !label[..key].ContainsAnyExcept(LabelCharacters) ? at + key + KeyLabel.Length : -1;
    }

    private static IEnumerable<Part> KeyIds(string text)
    {
        for (var at = 0; (at = text.IndexOf(KeyId, at, StringComparison.Ordinal)) >= 0;)
        {
            var end = NamedSecretFinder.EndOfName(text, at);
            if ((at == 0 || !NamedSecretFinder.IsNameCharacter(text[at - 1])) && end - at >= KeyId.Length + MinKeyIdRest)
            {
                yield return new Part(at, end);
            }

            at = end;
        }
    }
}
