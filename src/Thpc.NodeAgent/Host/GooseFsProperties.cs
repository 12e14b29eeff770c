using System.Text;

namespace Thpc.NodeAgent.Host;

/// <summary>
/// Edits the masters in conf/goosefs-site.properties (GooseFS's documents on deployment). Other lines stay unchanged.
/// </summary>
internal static class GooseFsProperties
{
    private const string Hostname = "goosefs.master.hostname";
    private const string Port = "goosefs.master.rpc.port";
    private const string RpcAddresses = "goosefs.master.rpc.addresses";
    private const string JournalAddresses = "goosefs.master.embedded.journal.addresses";
    private const string JournalPort = ":9202";
    private static readonly string[] Keys = [Hostname, Port, RpcAddresses, JournalAddresses];

    /// <param name="text">Latin-1 (one character per byte).</param>
    /// <param name="masters">HOST:PORT. Several masters all use port 9200, or all use the journal's port 9202.</param>
    /// <returns>The text with these masters.</returns>
    public static string With(string text, IReadOnlyList<string> masters)
    {
        var wanted = Wanted(masters);
        if (Present(text).SequenceEqual(wanted))
        {
            return text;
        }

        var result = new StringBuilder();
        foreach (var line in Lines(text).Where(line => !NamesMasters(line)))
        {
            result.Append(line);
        }

        if (result.Length > 0 && result[^1] != '\n')
        {
            result.Append('\n');
        }

        foreach (var (key, value) in wanted)
        {
            result.Append(key).Append('=').Append(value).Append('\n');
        }

        return result.ToString();
    }

    /// <summary>Whether a line sets the masters.</summary>
    public static bool NamesMasters(string line) => KeyOf(line) is { } key && Keys.Contains(key);

    private static List<(string Key, string Value)> Wanted(IReadOnlyList<string> masters)
    {
        var joined = string.Join(',', masters);
        var colon = joined.LastIndexOf(':');
        return masters switch
        {
            { Count: 1 } => [(Hostname, joined[..colon]), (Port, joined[(colon + 1)..])],
            _ when masters.All(master => master.EndsWith(JournalPort, StringComparison.Ordinal)) => [(JournalAddresses, joined)],
            _ => [(RpcAddresses, joined)],
        };
    }

    private static IEnumerable<(string Key, string Value)> Present(string text) =>
        from line in Lines(text)
        let key = KeyOf(line)
        where NamesMasters(line)
        select (key!, line.Trim()[key.Length..].TrimStart(' ', '\t', '=', ':'));

    private static IEnumerable<string> Lines(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var feed = text.IndexOf('\n', start);
            var next = feed < 0 ? text.Length : feed + 1;
            yield return text[start..next];
            start = next;
        }
    }

    /// <returns>The key before the first =, : or space, as in java.util.Properties; null for comments and empty lines.</returns>
    private static string? KeyOf(string line)
    {
        var trimmed = line.Trim();
        var end = trimmed.IndexOfAny(['=', ':', ' ', '\t']);
        return trimmed.Length == 0 || trimmed[0] is '#' or '!' ? null : end < 0 ? trimmed : trimmed[..end];
    }
}
