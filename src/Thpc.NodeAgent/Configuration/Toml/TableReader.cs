using System.Globalization;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Configuration.Toml;

/// <summary>
/// Reads typed values from one table. Errors are collected, not thrown, so that the user sees all of them at once. Every value is
/// recorded with its origin for `config show`.
/// </summary>
/// <param name="isFaulty">Whether a diagnostic about the table itself exists, so that its keys get none.</param>
internal sealed class TableReader(ConfigNode? node, string path, ConfigNotices findings, bool isFaulty = false)
{
    private readonly Dictionary<string, ConfigNode>? _table = node?.AsTable;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    // Keys whose value is no value, such as one of a wrong type. Each gets one diagnostic.
    private readonly HashSet<string> _faulty = new(StringComparer.Ordinal);

    /// <summary>The origin of the key's value, or of the table if the key is absent.</summary>
    public string OriginOf(string key) => Find(key)?.Origin ?? node?.Origin ?? findings.MainFile;

    /// <summary>Adds a diagnostic about a key, unless its value has been refused already.</summary>
    public void AddDiagnostic(string key, LocalizedText text)
    {
        if (!isFaulty && !_faulty.Contains(key))
        {
            findings.Diagnostics.Add(new ConfigDiagnostic(OriginOf(key), $"{Name(key)}: " + text));
        }
    }

    /// <summary>Reads a string. Returns the default if the key is absent or invalid.</summary>
    public string? Text(ConfigKey key) => Note(key.Name, TakeText(key.Name) ?? key.Default);

    /// <summary>Reads a string that must be present and not empty. Returns null after a diagnostic.</summary>
    public string? RequiredText(ConfigKey key)
    {
        var text = TakeText(key.Name);
        if (string.IsNullOrEmpty(text))
        {
            AddDiagnostic(key.Name, Messages.Missing(key.Name, key.Example!));
        }

        return string.IsNullOrEmpty(text) ? null : Note(key.Name, text);
    }

    /// <summary>Reads an integer in the key's range, both ends inclusive. Returns the default if the key is absent or invalid.</summary>
    public int Integer(ConfigKey key)
    {
        if (Find(key.Name) is null)
        {
            Note(key.Name, key.Number.ToString(CultureInfo.InvariantCulture));
            return key.Number;
        }

        if (TakeInteger(key.Name) is not { } number)
        {
            return key.Number;
        }

        if (number < key.Min || number > key.Max)
        {
            AddDiagnostic(key.Name, Configuration.Messages.OutOfRange(number, key.Min, key.Max, key.Unit));
            return key.Number;
        }

        Note(key.Name, number.ToString(CultureInfo.InvariantCulture));
        return (int)number;
    }

    /// <summary>Reads true or false. Returns the default if the key is absent or invalid.</summary>
    public bool Boolean(ConfigKey key)
    {
        _known.Add(key.Name);
        var found = Find(key.Name);
        if (found is { Value: not bool })
        {
            Refuse(key.Name, Messages.ExpectedBoolean(found.Kind, key.Name));
            return false;
        }

        return Note(key.Name, found?.Value is true ? "true" : found is null ? key.Default : "false") == "true";
    }

    public TimeSpan Seconds(ConfigKey key) => TimeSpan.FromSeconds(Integer(key));

    /// <summary>Reads one of the key's choices, ignoring case.</summary>
    /// <returns>The choice as the key spells it; null after a diagnostic.</returns>
    public string? Choice(ConfigKey key)
    {
        var text = Text(key);
        var match = key.Choices.FirstOrDefault(choice => string.Equals(choice, text, StringComparison.OrdinalIgnoreCase));
        if (match is null && text is not null)
        {
            AddDiagnostic(key.Name, Configuration.Messages.Unknown(TerminalText.Quoted(text), string.Join(", ", key.Choices)));
        }

        return match;
    }

    /// <summary>Reads a list of strings or, where the type allows it, one comma-separated string, as the API writes Masters.</summary>
    /// <param name="remedy">What the diagnostic advises if there is none.</param>
    public IReadOnlyList<string> Texts(ConfigKey listKey, LocalizedText? remedy = null)
    {
        var key = listKey.Name;
        _known.Add(key);
        var found = Find(key);
        List<string> texts = [];
        if (found is null)
        {
            // Reported below if a string is required.
        }
        else if (listKey.Type == ConfigKeyType.ListOrText && found.Value is string joined)
        {
            texts.AddRange(joined.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        }
        else if (found.AsList is { } items && items.TrueForAll(item => item.Value is string))
        {
            texts.AddRange(items.Select(item => (string)item.Value));
        }
        else
        {
            Refuse(key, Messages.ExpectedTexts(found.Kind));
            return [];
        }

        if (!listKey.IsArguments && texts.Select(Placeholder.In).FirstOrDefault(text => text is not null) is { } placeholder)
        {
            Refuse(key, TomlMistakes.Replace(placeholder));
            return [];
        }

        // A string of commas and blanks contains none either.
        if (listKey.IsRequired && texts.Count == 0)
        {
            AddDiagnostic(key, Messages.ListMissing(remedy ?? Configuration.Messages.AddIt, key, listKey.Example!));
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
            AddDiagnostic(key, found.AsList is { Count: > 0 } items && items.TrueForAll(item => item.AsTable is not null)
                ? Messages.OnlyOne(Name(key))
                : Messages.ExpectedTable(found.Kind, Name(key)));
            return new TableReader(ConfigNode.Table(found.Origin), Name(key), findings, isFaulty: true);
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
            AddDiagnostic(key, found.AsTable is null
                ? Messages.ExpectedTables(found.Kind, Name(key))
                : Messages.Repeated(Name(key)));
            return [];
        }

        return [.. items.Select((item, index) => new TableReader(item, $"{Name(key)}[{index + 1}]", findings))];
    }

    /// <summary>Adds a diagnostic for every key of the table that was not read.</summary>
    public void Close()
    {
        foreach (var (key, value) in _table ?? [])
        {
            if (!isFaulty && !_known.Contains(key))
            {
                var near = _known.FirstOrDefault(known => Suggestions.IsSimilar(known, key));
                var problem = near is null
                    ? Messages.UnknownKey(string.Join(", ", _known.Order(StringComparer.Ordinal)))
                    : Messages.MisspelledKey(near);
                findings.Diagnostics.Add(new ConfigDiagnostic(value.Origin, $"{Name(key)}: " + problem));
            }
        }
    }

    private string Name(string key) => path.Length == 0 ? key : $"{path}.{key}";

    private ConfigNode? Find(string key) => _table?.GetValueOrDefault(key);

    private long? TakeInteger(string key)
    {
        _known.Add(key);
        var found = Find(key)!;
        // Values of flags and the environment, whose origin has no line, are always text.
        if (found.Value is string text
            && !found.Origin.Contains(':', StringComparison.Ordinal)
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed))
        {
            return parsed;
        }

        if (found.Value is long number)
        {
            return number;
        }

        Refuse(key, found.Value is string value && Placeholder.In(value) is { } placeholder
            ? TomlMistakes.Replace(placeholder)
            : Messages.ExpectedInteger(found.Kind, key));
        return null;
    }

    private string? TakeText(string key)
    {
        _known.Add(key);
        var found = Find(key);
        if (found is null)
        {
            return null;
        }

        if (found.Value is not string text)
        {
            Refuse(key, Configuration.Messages.ExpectedText(found.Kind));
            return null;
        }

        if (Placeholder.In(text) is { } placeholder)
        {
            Refuse(key, TomlMistakes.Replace(placeholder));
            return null;
        }

        return text;
    }

    private void Refuse(string key, LocalizedText text)
    {
        AddDiagnostic(key, text);
        _faulty.Add(key);
    }

    private string? Note(string key, string? value)
    {
        _known.Add(key);
        if (value is not null)
        {
            findings.Settings.Add(new EffectiveSetting(
                Name(key), value.Contains("://", StringComparison.Ordinal) ? Url.WithoutSecrets(value) : value,
                Find(key)?.Origin ?? EffectiveSetting.Default));
        }

        return value;
    }
}
