using System.Text.RegularExpressions;
using Thpc.NodeAgent.Configuration;

namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>Values that each key takes or refuses by its type, range, choices and pattern, as TOML writes them.</summary>
internal static partial class Samples
{
    // No choice and no pattern of the table takes it.
    private const string OddText = "\"? ?\"";

    public static IEnumerable<string> Valid(ConfigKey key) => key.Type switch
    {
        ConfigKeyType.Integer => [$"{key.Min}", $"{key.Max}", $"{key.Number}"],
        ConfigKeyType.Boolean => ["true", "false"],
        ConfigKeyType.Text => Texts(key).Distinct().Select(Configs.Quoted),
        _ => Lists(key).Distinct(),
    };

    public static IEnumerable<string> Invalid(ConfigKey key) => key.Type switch
    {
        ConfigKeyType.Integer => [$"{key.Min - 1}", $"{key.Max + 1}", $"\"{key.Number}\"", "1.5", "true", "[]"],
        ConfigKeyType.Boolean => ["1", "\"true\"", "[]"],
        ConfigKeyType.Text => ["true", "1", "[\"a\"]", .. key.Choices.Count > 0 || key.Pattern is not null ? [OddText] : (string[])[]],
        _ =>
        [
            "true",
            "1",
            "[1]",
            .. key.Type == ConfigKeyType.List ? ["\"a\""] : (string[])[],
            .. key.Choices.Count > 0 ? [$"[{OddText}]"] : (string[])[],
            .. key.Max > 0 ? [Items(key, key.Max + 1)] : (string[])[],
        ],
    };

    /// <summary>The example as it is after a user has removed the # of every key and header.</summary>
    public static string WithEveryKey() => SettingPattern().Replace(ConfigExample.Write(), "");

    /// <summary>A file that has the key with this value, or without the key, and all that is required besides.</summary>
    public static string File(ConfigKey key, string? value)
    {
        var section = ConfigSection.All.Single(section => section.Name == key.Section);
        var text = File(section, value is null ? "" : $"{key.Name} = {value}", key);

        // The protocol and the mount target must fit each other.
        return key == ConfigKeys.CfsProtocol && value?.Contains("turbo", StringComparison.OrdinalIgnoreCase) == true
            ? text.Replace(ConfigKeys.CfsRemotePath.Example!, "172.30.2.180@tcp0:/4fe1839b/cfs", StringComparison.Ordinal)
            : text;
    }

    /// <summary>A file with this line in the section.</summary>
    public static string File(ConfigSection section, string line, ConfigKey? without = null)
    {
        ConfigSection[] sections = [.. ConfigSection.All.Where(one => one == section || one.Name == "cluster")];
        return string.Concat(sections.Select(one => $"{one.Header}\n{RequiredKeys(one, without)}{(one == section ? $"{line}\n" : "")}"));
    }

    private static string RequiredKeys(ConfigSection section, ConfigKey? without) => string.Concat(section.Keys
        .Where(key => key.IsRequired && key != without)
        .Select(key => $"{key.Name} = {(key.Type == ConfigKeyType.Text ? $"\"{key.Example}\"" : $"[\"{key.Example}\"]")}\n"));

    private static IEnumerable<string> Texts(ConfigKey key) =>
    [
        .. key.Default is { } value ? [value] : (string[])[],
        .. key.Example is { } example ? [example] : (string[])[],
        .. key.Choices,
        .. key.Choices.Select(choice => string.Concat(choice.Select(char.ToLowerInvariant))),
        .. key is { Default: null, Example: null } ? ["cfs-12345678"] : (string[])[],
    ];

    private static IEnumerable<string> Lists(ConfigKey key) =>
    [
        .. key.IsRequired ? [] : (string[])["[]"],
        Items(key, 1),
        .. key.Max > 0 ? [Items(key, key.Max)] : (string[])[],
        .. key.Type == ConfigKeyType.ListOrText ? [$"\"{Item(key)}\"", $"\"{Item(key)}, {Item(key)}\""] : (string[])[],
    ];

    private static string Items(ConfigKey key, int count) => $"[{string.Join(", ", Enumerable.Repeat($"\"{Item(key)}\"", count))}]";

    private static string Item(ConfigKey key) => key.Example ?? (key.Choices.Count > 0 ? key.Choices[0] : "a");

    // A setting has no blank after the #, a comment has one.
    [GeneratedRegex(@"^#(?=[a-z\[])", RegexOptions.Multiline)]
    private static partial Regex SettingPattern();
}
