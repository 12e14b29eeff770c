using System.Globalization;
using System.Text;
using Thpc.NodeAgent.Configuration.Toml;

namespace Thpc.NodeAgent.Configuration;

/// <summary>A configuration to begin with: every key with what it means, each in a comment, so that the file alone sets nothing.</summary>
internal static class ConfigExample
{
    private const string Introduction = """
        # Configuration of thpc-node-agent: the cluster, the role of this node, its scripts and its storage.
        #
        # A line such as #timeout = 30 shows the default of a key, or an example if the comment above calls it one.
        # To set a key, remove its # and the # of its section, such as [mount]. Sections in [[...]] may be repeated.
        #
        # {0}
        #   thpc-node-agent config check
        #   thpc-node-agent bootstrap --dry-run
        #   systemctl start thpc-node-agent
        #
        # All users of the node can read this file. Keep COS credentials in /etc/thpc/cos-credentials.toml
        # (owner root, mode 0600). Better: bind a CAM role to the instance and store no credentials.

        """;

    private const string ToBeSaved = "Save this file as /etc/thpc/node-agent.toml, set id and node_role, then run:";
    private const string Saved = "After a change, run:";

    /// <param name="given">Values of text keys that are set; of a section that may be repeated, the further ones are appended.</param>
    public static string Write(IReadOnlyDictionary<ConfigKey, IReadOnlyList<string>>? given = null)
    {
        IReadOnlyList<string> Given(ConfigKey key) => given?.GetValueOrDefault(key) ?? [];
        var text = new StringBuilder(Introduction.Replace("{0}", given is null ? ToBeSaved : Saved, StringComparison.Ordinal));
        foreach (var section in ConfigSection.All)
        {
            var count = section.Keys.Max(key => Given(key).Count);
            text.Append('\n').Append("# ").Append(section.Meaning.English).Append('\n');
            text.Append(IsNeeded(section) || count > 0 ? "" : "#").Append(section.Header).Append('\n');
            foreach (var key in section.Keys)
            {
                text.Append("# ").Append(key.Meaning.English).Append(' ').Append(Rule(key)).Append('\n');
                text.Append(Given(key) is [var first, ..] ? Setting(key, first) : $"#{key.Name} = {Value(key)}\n");
            }

            for (var i = 1; i < count; i++)
            {
                text.Append('\n').Append(section.Header).Append('\n')
                    .AppendJoin("", section.Keys.Where(key => Given(key).Count > i).Select(key => Setting(key, Given(key)[i])));
            }
        }

        return text.ToString();
    }

    private static string Setting(ConfigKey key, string value) => $"{key.Name} = {TomlValue.Format(new ConfigNode(value, ""))}\n";

    private static bool IsNeeded(ConfigSection section) => !section.IsRepeated && section.Keys.Any(key => key.IsRequired);

    /// <summary>As TOML writes it: the example of the key, or else its default.</summary>
    private static string Value(ConfigKey key) => key.Type switch
    {
        ConfigKeyType.Integer => key.Number.ToString(CultureInfo.InvariantCulture),
        ConfigKeyType.Boolean => key.Default!,
        ConfigKeyType.Text => $"\"{key.Example ?? key.Default}\"",
        _ => key.Example is null ? "[]" : $"[\"{key.Example}\"]",
    };

    private static string Rule(ConfigKey key)
    {
        var rule = key.IsRequired ? "Required; example:" : key.Example is null ? "Default:" : "No default; example:";
        return key.Choices.Count > 0 ? $"{(key.Type == ConfigKeyType.Text ? "One" : "Any")} of {string.Join(", ", key.Choices)}. {rule}"
            : key.Type == ConfigKeyType.Integer ? $"From {key.Min} to {key.Max}. {rule}"
            : rule;
    }
}
