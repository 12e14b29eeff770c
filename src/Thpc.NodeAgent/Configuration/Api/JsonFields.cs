using System.Globalization;
using Thpc.NodeAgent.Configuration.Toml;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Configuration.Api;

/// <summary>
/// Reads typed values from one object of the API's JSON. Errors are collected with their JSON path, not thrown, so that the user sees
/// all of them at once. Unknown keys are ignored, since the API may add some; null and "" count as absent.
/// </summary>
internal sealed class JsonFields(ConfigNode node, string path, ICollection<ConfigDiagnostic> diagnostics)
{
    public void AddDiagnostic(string key, LocalizedText text) =>
        diagnostics.Add(new ConfigDiagnostic(Find(key)?.Origin ?? node.Origin, $"{Name(key)}: " + text));

    public bool Has(string key) => Find(key) is not null;

    /// <summary>Reads a string; null if the key is absent or invalid.</summary>
    public string? Text(string key)
    {
        var found = Find(key);
        if (found is not null && found.Value is not string)
        {
            AddDiagnostic(key, Messages.ExpectedText(Kind(found)));
        }

        return found?.Value as string;
    }

    public string? RequiredText(string key, string example)
    {
        if (!Has(key))
        {
            AddDiagnostic(key, Messages.FieldMissing(key, example));
        }

        return Text(key);
    }

    /// <summary>
    /// Reads an integer from min to max, both inclusive. A number in quotes is accepted, because the API's own examples have some.
    /// Returns the fallback if the key is absent or invalid.
    /// </summary>
    public int Integer(string key, int fallback, int min, int? max, string unit)
    {
        if (Find(key) is not { } found)
        {
            return fallback;
        }

        long? number = found.Value is long given ? given
            : found.Value is string text && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var parsed)
                ? parsed
            : null;
        if (number is null)
        {
            AddDiagnostic(key, Messages.ExpectedWholeNumber(Kind(found), Math.Max(min, fallback)));
        }
        else if (number < min || number > (max ?? int.MaxValue))
        {
            AddDiagnostic(key, max is { } end
                ? Messages.OutOfRange(number.Value, min, end, unit)
                : Messages.BelowRange(number.Value, min, unit));
        }
        else
        {
            return (int)number;
        }

        return fallback;
    }

    public bool Flag(string key, bool fallback)
    {
        var found = Find(key);
        bool? flag = found?.Value as bool? ?? (found?.Value is string text && bool.TryParse(text, out var parsed) ? parsed : null);
        if (found is not null && flag is null)
        {
            AddDiagnostic(key, Messages.ExpectedFlag(Kind(found)));
        }

        return flag ?? fallback;
    }

    /// <summary>Reads an object; null if the key is absent or invalid.</summary>
    public JsonFields? Object(string key)
    {
        var found = Find(key);
        if (found is not null && found.AsTable is null)
        {
            AddDiagnostic(key, Messages.ExpectedObject(Kind(found)));
            return null;
        }

        return found is null ? null : new JsonFields(found, Name(key), diagnostics);
    }

    /// <summary>Reads a list of strings; empty if the key is absent or invalid.</summary>
    public IReadOnlyList<string> Texts(string key)
    {
        if (Find(key) is not { } found)
        {
            return [];
        }

        if (found.AsList is not { } items || items.Exists(item => item.Value is not string))
        {
            AddDiagnostic(key, Messages.ExpectedTexts(found.AsList is null ? Kind(found) : Messages.MixedList));
            return [];
        }

        return [.. items.Select(item => (string)item.Value).Where(text => text.Length > 0)];
    }

    /// <summary>Reads a list of objects; empty if the key is absent or invalid.</summary>
    public IReadOnlyList<JsonFields> Objects(string key)
    {
        if (Find(key) is not { } found)
        {
            return [];
        }

        if (found.AsList is not { } items || items.Exists(item => item.AsTable is null))
        {
            AddDiagnostic(key, Messages.ExpectedObjects(found.AsList is null ? Kind(found) : Messages.MixedList));
            return [];
        }

        return [.. items.Select((item, index) => new JsonFields(item, $"{Name(key)}[{index}]", diagnostics))];
    }

    private static LocalizedText Kind(ConfigNode found) => found.AsTable is not null ? Messages.AnObject
        : found.Value is string text ? Messages.TheString(TerminalText.Quoted(text, 60))
        : found.Kind;

    private string Name(string key) => path.Length == 0 ? key : $"{path}.{key}";

    private ConfigNode? Find(string key) => node.AsTable?.GetValueOrDefault(key) is { Value: not "" } found ? found : null;
}
