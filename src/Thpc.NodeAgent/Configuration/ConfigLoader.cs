using Thpc.NodeAgent.Configuration.Api;
using Thpc.NodeAgent.Configuration.Sections;
using Thpc.NodeAgent.Configuration.Toml;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Configuration;

/// <summary>A valid configuration.</summary>
/// <param name="Added">The storage of <see cref="ConfigOverrides.Storage"/>; <paramref name="Config"/> contains all of it too.</param>
/// <param name="New">The part of <paramref name="Added"/> that neither the file nor its option file has.</param>
internal sealed record LoadedConfig(
    NodeConfig Config,
    IReadOnlyList<EffectiveSetting> Settings,
    IReadOnlyList<string> Warnings,
    IReadOnlyList<Storage> Added,
    IReadOnlyList<Storage> New);

/// <summary>
/// Combines text, environment and flags into one <see cref="NodeConfig"/>. Precedence: flag, environment, file, default.
/// </summary>
internal static class ConfigLoader
{
    private static readonly (string Key, string Variable)[] Variables =
    [
        ("id", "THPC_CLUSTER_ID"),
        ("node_role", "THPC_NODE_ROLE"),
        ("scheduler_type", "THPC_SCHEDULER_TYPE"),
        ("account_type", "THPC_ACCOUNT_TYPE"),
    ];

    /// <param name="text">The TOML text; null if there is no file.</param>
    /// <param name="file">The file's name, for diagnostics.</param>
    /// <param name="readText">Reads the file that `storage.option_file` names.</param>
    /// <exception cref="AgentException">
    /// CONFIG_INVALID with all diagnostics, or MOUNT_CONFLICT with all added storage whose path is already configured; a line each.
    /// </exception>
    public static LoadedConfig Load(
        string? text,
        string file,
        IReadOnlyDictionary<string, string> environment,
        ConfigOverrides overrides,
        Func<string, string> readText)
    {
        var findings = new ConfigNotices(file);
        var root = text is null ? ConfigNode.Table(file) : TomlText.Parse(text, file, findings.Diagnostics);
        if (root is not null)
        {
            var option = AddOptionFile(root, findings, readText);
            Override(root, environment, overrides);
            var loaded = ConfigReader.Read(root, overrides.Storage, findings);
            RequireSameCluster(option, loaded.Config.Cluster.Id, findings);
            RequireSameCluster(overrides.Storage, loaded.Config.Cluster.Id, findings);
            if (findings.Diagnostics.Count == 0)
            {
                return findings.Conflicts.Count == 0
                    ? loaded
                    : throw new AgentException(
                        ErrorCode.MountConflict, ConfigDiagnostic.Join(findings.Conflicts), Hints.PathAlreadyConfigured);
            }

            if (text is null)
            {
                throw new AgentException(Missing(file, findings.Diagnostics));
            }
        }

        var first = findings.Diagnostics[0];
        throw new AgentException(ErrorCode.ConfigInvalid, ConfigDiagnostic.Join(findings.Diagnostics), Hint(first.Origin));
    }

    /// <summary>The error of a file that does not exist: that first, then what the options and the environment lack.</summary>
    public static Error Missing(string file, IEnumerable<ConfigDiagnostic> others)
    {
        var missing = new ConfigDiagnostic(file, Messages.FileMissing);
        return new Error(ErrorCode.ConfigInvalid, ConfigDiagnostic.Join([missing, .. others]), Hints.WriteConfig);
    }

    /// <summary>Whether the first diagnostic of an error of <see cref="Load"/> is about a flag.</summary>
    public static bool IsMistypedFlag(Error error) => error.Hint == Hints.CorrectFlag;

    private static LocalizedText? Hint(string origin) =>
        ConfigDiagnostic.IsFlag(origin) ? Hints.CorrectFlag
        : ConfigDiagnostic.IsVariable(origin) ? Hints.CorrectVariable
        : null;

    /// <summary>Refuses storage with the ClusterId of another cluster, such as an API response for the wrong cluster.</summary>
    private static void RequireSameCluster(ConfigNode? option, string id, ConfigNotices findings)
    {
        if (option?.AsTable?.GetValueOrDefault(StorageOptionJson.ClusterId) is { } other && id.Length > 0 && !id.Equals(other.Value))
        {
            var given = other.Value is string text ? $"\"{TerminalText.Quoted(text)}\"" : other.Kind;
            findings.Diagnostics.Add(new ConfigDiagnostic(other.Origin, Messages.OtherCluster(given, TerminalText.Quoted(id))));
        }
    }

    private static ConfigNode? AddOptionFile(ConfigNode root, ConfigNotices findings, Func<string, string> readText)
    {
        if (root.AsTable!.GetValueOrDefault(
            "storage")?.AsTable?.GetValueOrDefault("option_file") is not { Value: string { Length: > 0 } name } setting)
        {
            return null;
        }

        if (Placeholder.In(name) is not null)
        {
            return null; // the section's reader reports it
        }

        if (LocalPath.ValidateFile(name) is { } problem)
        {
            findings.Diagnostics.Add(new ConfigDiagnostic(setting.Origin, "storage.option_file: " + problem));
            return null;
        }

        string text;
        try
        {
            text = readText(name);
        }
        catch (Exception e) when (
            e is AgentException or IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            var why = e is AgentException known ? known.Error.Text : e.Message;
            findings.Diagnostics.Add(new ConfigDiagnostic(setting.Origin, Messages.OptionFileUnreadable(name, why)));
            return null;
        }

        var option = StorageOptionJson.Parse(text, name, findings.Diagnostics, findings.Warnings);
        foreach (var (section, list) in option?.AsTable ?? [])
        {
            // A section of the file that is not a list is reported later.
            if (list.AsList is { } items && !root.AsTable!.TryAdd(section, list))
            {
                root.AsTable[section].AsList?.AddRange(items);
            }
        }

        return option;
    }

    private static void Override(ConfigNode root, IReadOnlyDictionary<string, string> environment, ConfigOverrides overrides)
    {
        root.AsTable!.TryAdd("cluster", ConfigNode.Table(root.Origin));
        if (root.AsTable["cluster"].AsTable is { } cluster)
        {
            foreach (var (key, variable) in Variables)
            {
                if (environment.TryGetValue(variable, out var value) && value.Length > 0)
                {
                    cluster[key] = new ConfigNode(value, $"environment {variable}");
                }
            }

            void Flag(string key, string? value, string flag)
            {
                if (value is not null)
                {
                    cluster[key] = new ConfigNode(value, $"flag {flag}");
                }
            }

            Flag("id", overrides.ClusterId, "--cluster-id");
            Flag("node_role", overrides.NodeRole, "--node-role");
            Flag("scheduler_type", overrides.SchedulerType, "--scheduler-type");
            Flag("account_type", overrides.AccountType, "--account-type");
        }

        if (overrides.InitScripts.Count > 0)
        {
            const string Origin = "flag --init-script";
            root.AsTable["init_script"] = new ConfigNode(
                overrides.InitScripts.Select(location => new ConfigNode(
                    new Dictionary<string, ConfigNode>(StringComparer.Ordinal) { ["script_path"] = new(location, Origin) }, Origin))
                    .ToList(),
                Origin);
        }

        if (overrides.ScriptTimeout is { } timeout)
        {
            foreach (var script in root.AsTable.GetValueOrDefault("init_script")?.AsList ?? [])
            {
                script.AsTable?["timeout"] = new ConfigNode((long)timeout, "flag --script-timeout");
            }
        }
    }
}
