using System.Globalization;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Configuration.Toml;

/// <summary>
/// Takes typed values out of one table. What is wrong is collected, not thrown, so that the user sees all of it at once;
/// every value read is noted with its origin for `config show`.
/// </summary>
internal sealed class TableReader(ConfigNode? node, string path, ConfigNotices findings)
{
    private readonly Dictionary<string, ConfigNode>? _table = node?.AsTable;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <summary>Where the key's value stands; where it is absent, the table.</summary>
    public string OriginOf(string key) => Find(key)?.Origin ?? node?.Origin ?? findings.MainFile;

    public void AddDiagnostic(string key, string message) =>
        findings.Diagnostics.Add(new ConfigDiagnostic(OriginOf(key), $"{Name(key)}: {message}"));

    /// <summary>A string; null where the key is absent or was complained about.</summary>
    public string? Text(string key, string? fallback = null) => Note(key, Take<string>(key, "a string") ?? fallback);

    /// <summary>A string that must be there and must not be empty.</summary>
    public string? RequiredText(string key, string example)
    {
        var text = Take<string>(key, "a string");
        if (text is null or "" && !(Find(key) is { } found && found.Value is not string))
        {
            AddDiagnostic(key, $"is missing; give it, for example {key} = \"{example}\"");
        }

        return string.IsNullOrEmpty(text) ? null : Note(key, text);
    }

    /// <summary>A whole number of <paramref name="unit"/> within the range, ends included.</summary>
    public int Integer(string key, int fallback, int min, int max, string unit = "seconds")
    {
        if (Find(key) is null)
        {
            Note(key, fallback.ToString(CultureInfo.InvariantCulture));
            return fallback;
        }

        if (TakeInteger(key) is not { } number)
        {
            return fallback;
        }

        if (number < min || number > max)
        {
            AddDiagnostic(key, $"{number} is out of range; {min} to {max} {unit} is allowed");
            return fallback;
        }

        Note(key, number.ToString(CultureInfo.InvariantCulture));
        return (int)number;
    }

    public TimeSpan Seconds(string key, int fallback, int min, int max) => TimeSpan.FromSeconds(Integer(key, fallback, min, max));

    public bool Flag(string key, bool fallback)
    {
        _known.Add(key);
        var value = fallback;
        if (Find(key) is { } found)
        {
            if (found.Value is bool given)
            {
                value = given;
            }
            else
            {
                AddDiagnostic(key, $"is {found.Kind}, expected true or false");
            }
        }

        Note(key, value ? "true" : "false");
        return value;
    }

    /// <summary>One of a few words, compared without regard to case.</summary>
    /// <returns>As it is spelled among the words; null after a complaint.</returns>
    public string? Choice(string key, string fallback, params string[] words)
    {
        var text = Text(key, fallback);
        var match = Array.Find(words, word => string.Equals(word, text, StringComparison.OrdinalIgnoreCase));
        if (match is null && text is not null)
        {
            AddDiagnostic(key, $"\"{ConfigDiagnostic.Printable(text)}\" is not known; use {string.Join(", ", words)}");
        }

        return match;
    }

    /// <summary>A list of strings, or one string with commas between them, as the API has it for Masters.</summary>
    /// <param name="example">Of one string, where there must be one at least.</param>
    /// <param name="mayBeJoined">Whether one string with commas is taken too.</param>
    /// <param name="remedy">What to do where there is none.</param>
    public IReadOnlyList<string> Texts(string key, string? example = null, bool mayBeJoined = true, string remedy = "give it")
    {
        _known.Add(key);
        var found = Find(key);
        List<string> texts = [];
        if (found is null)
        {
            // Complained of below, where one is needed.
        }
        else if (mayBeJoined && found.Value is string joined)
        {
            texts.AddRange(joined.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        }
        else if (found.AsList is { } items && items.TrueForAll(item => item.Value is string))
        {
            texts.AddRange(items.Select(item => (string)item.Value));
        }
        else
        {
            AddDiagnostic(key, $"is {found.Kind}, expected a list of strings such as [\"a\", \"b\"]");
            return [];
        }

        // A string of commas and blanks has none either.
        if (example is not null && texts.Count == 0)
        {
            AddDiagnostic(key, $"is missing; {remedy}, for example {key} = [\"{example}\"]");
        }

        if (found is not null)
        {
            Note(key, string.Join(", ", texts));
        }

        return texts;
    }

    public TableReader Table(string key)
    {
        _known.Add(key);
        var found = Find(key);
        if (found is not null && found.AsTable is null)
        {
            AddDiagnostic(key, $"is {found.Kind}, expected a table: write [{Name(key)}] and its keys below");
            found = ConfigNode.Table(found.Origin); // what is missing in it is missing in that line
        }

        return new TableReader(found, Name(key), findings);
    }

    public IReadOnlyList<TableReader> Tables(string key)
    {
        _known.Add(key);
        if (Find(key) is not { } found)
        {
            return [];
        }

        if (found.AsList is not { } items || items.Exists(item => item.AsTable is null))
        {
            AddDiagnostic(key, $"is {found.Kind}, expected [[{Name(key)}]] with its keys below, once for each");
            return [];
        }

        return [.. items.Select((item, index) => new TableReader(item, $"{Name(key)}[{index + 1}]", findings))];
    }

    /// <summary>Complains about every key that nobody asked for.</summary>
    public void Close()
    {
        foreach (var (key, value) in _table ?? [])
        {
            if (!_known.Contains(key))
            {
                var near = _known.FirstOrDefault(known => Suggestions.IsSimilar(known, key));
                var remedy = near is null ? $"known here: {string.Join(", ", _known.Order(StringComparer.Ordinal))}" : $"did you mean {near}?";
                findings.Diagnostics.Add(new ConfigDiagnostic(value.Origin, $"{Name(key)}: is not a known key; {remedy}"));
            }
        }
    }

    private string Name(string key) => path.Length == 0 ? key : $"{path}.{key}";

    private ConfigNode? Find(string key) => _table?.GetValueOrDefault(key);

    private long? TakeInteger(string key)
    {
        _known.Add(key);
        var found = Find(key)!;
        // Flags and the environment have only text.
        if (found.Value is string text && !found.Origin.Contains(':', StringComparison.Ordinal) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed))
        {
            return parsed;
        }

        if (found.Value is long number)
        {
            return number;
        }

        AddDiagnostic(key, $"is {found.Kind}, expected an integer such as {key} = 30");
        return null;
    }

    private T? Take<T>(string key, string expected)
        where T : class
    {
        _known.Add(key);
        var found = Find(key);
        if (found is null || found.Value is T)
        {
            return found?.Value as T;
        }

        AddDiagnostic(key, $"is {found.Kind}, expected {expected}");
        return null;
    }

    private string? Note(string key, string? value)
    {
        _known.Add(key);
        if (value is not null)
        {
            findings.Settings.Add(new EffectiveSetting(Name(key), value.Contains("://", StringComparison.Ordinal) ? Url.WithoutSecrets(value) : value, Find(key)?.Origin ?? "default"));
        }

        return value;
    }
}
