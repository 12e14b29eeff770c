using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Doctor;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cli;

/// <summary>`config check`, `config show` and `config schema`; `config init` is in <see cref="ConfigInitCommand"/>.</summary>
internal static class ConfigCommand
{
    private static readonly Option<bool> Json = new("--json") { Description = "print as JSON" };
    private static readonly Option<bool> SchemaJson = new("--json") { Description = "no effect: the schema is always JSON" };
    private static readonly Option<bool> Network = new("--network")
    {
        Description = "print every host and port that this configuration will contact, and why",
    };

    public static Command Create()
    {
        var check = new Command("check", AgentCommand.Describe(
            "Validate the configuration and report every problem.",
            "Each problem is reported with file, line and what is right.",
            "thpc-node-agent config check --config ./node-agent.toml")) { Json };
        check.OnRun((parse, _) => Task.FromResult(Check(GlobalOptions.From(parse), parse.GetValue(Json))));
        var show = new Command("show", AgentCommand.Describe(
            "Print the values in effect and where each came from.",
            "Secrets are masked.",
            "thpc-node-agent config show --network")) { Network, Json };
        show.OnRun((parse, _) => Task.FromResult(parse.GetValue(Network)
            ? ShowNetwork(GlobalOptions.From(parse).LoadConfig().Config, parse.GetValue(Json))
            : Show(GlobalOptions.From(parse), parse.GetValue(Json))));
        var schema = new Command("schema", AgentCommand.Describe(
            "Print a JSON schema of the configuration, for editors.",
            "",
            "thpc-node-agent config schema")) { SchemaJson };
        schema.OnRun((_, _) =>
        {
            JsonOutput.Write(ConfigSchema.Write);
            return Task.FromResult(ExitCode.Done);
        });
        return new Command("config", "Write, check or print the configuration or its schema.")
        {
            check, show, ConfigInitCommand.Create(), schema,
        };
    }

    private static int Check(GlobalOptions globals, bool json)
    {
        if (json)
        {
            return CheckJson(globals);
        }

        var loaded = globals.LoadConfig();
        foreach (var warning in loaded.Warnings)
        {
            TerminalOutput.WriteLine($"warning: {warning}");
        }

        var (cluster, scripts, storage) = (loaded.Config.Cluster, loaded.Config.InitScripts.Count, loaded.Config.Storage.Count);
        var counts = $"{Count(scripts, "init script")}, {Count(storage, "file system")}";
        TerminalOutput.WriteLine($"The configuration is valid: {cluster.RoleName} of {cluster.Id}, {counts}.");
        return ExitCode.Done;
    }

    /// <exception cref="AgentException">CONFIG_INVALID, after the problems are printed.</exception>
    private static int CheckJson(GlobalOptions globals)
    {
        try
        {
            var loaded = globals.LoadConfig();
            WriteCheck([], loaded.Warnings, loaded.Config);
            return ExitCode.Done;
        }
        catch (AgentException e) when (e.Code == ErrorCode.ConfigInvalid)
        {
            WriteCheck(e.Error.Message.ReplaceLineEndings("\n").Split('\n'), [], null);
            throw;
        }
    }

    /// <param name="config">Null if it is invalid.</param>
    private static void WriteCheck(IEnumerable<string> problems, IEnumerable<string> warnings, NodeConfig? config) =>
        JsonOutput.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteBoolean("valid", config is not null);
            writer.WriteTexts("problems", problems);
            writer.WriteTexts("warnings", warnings);
            writer.WriteString("cluster_id", config?.Cluster.Id);
            writer.WriteString("node_role", config?.Cluster.RoleName);
            writer.WriteEndObject();
        });

    private static string Count(int count, string thing) => $"{count} {thing}{(count == 1 ? "" : "s")}";

    private static int Show(GlobalOptions globals, bool json)
    {
        IReadOnlyList<EffectiveSetting> settings = [.. globals.LoadConfig().Settings, .. Credentials()];
        if (json)
        {
            JsonOutput.Write(writer => Write(writer, settings));
            return ExitCode.Done;
        }

        var text = new StringBuilder();
        var width = settings.Max(setting => setting.Key.Length + setting.Value.Length) + 5;
        foreach (var setting in settings)
        {
            var line = $"{setting.Key} = \"{TerminalText.Quoted(setting.Value, int.MaxValue)}\"";
            text.Append(line.PadRight(Math.Min(width, 90))).Append("  # ").AppendLine(setting.Origin);
        }

        TerminalOutput.Write(text.ToString());
        return ExitCode.Done;
    }

    private static int ShowNetwork(NodeConfig config, bool json)
    {
        var network = NetworkTargets.Of(config);
        if (json)
        {
            JsonOutput.Write(writer =>
            {
                writer.WriteStartObject();
                writer.WriteObjects("targets", network.Targets, target =>
                {
                    writer.WriteString("host", target.Host);
                    writer.WriteNumber("port", target.Port);
                    writer.WriteString("purpose", target.Purpose);
                });
                writer.WriteTexts("notes", network.Notes);
                writer.WriteEndObject();
            });
            return ExitCode.Done;
        }

        IEnumerable<string[]> rows = network.Targets.Select(
            target => (string[])[target.Host, target.Port.ToString(CultureInfo.InvariantCulture), target.Purpose]);
        TerminalOutput.Write(TextTable.Write([["HOST", "PORT", "PURPOSE"], .. rows], false, true, false));
        foreach (var note in network.Notes)
        {
            TerminalOutput.WriteLine(note);
        }

        return ExitCode.Done;
    }

    private static void Write(Utf8JsonWriter writer, IReadOnlyList<EffectiveSetting> settings)
    {
        writer.WriteStartObject();
        foreach (var setting in settings)
        {
            writer.WriteObject(setting.Key, () =>
            {
                writer.WriteString("value", setting.Value);
                writer.WriteString("origin", setting.Origin);
            });
        }

        writer.WriteEndObject();
    }

    private static IEnumerable<EffectiveSetting> Credentials() =>
        from name in (string[])["TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_TOKEN"]
        where GlobalOptions.Environment.GetValueOrDefault(name) is { Length: > 0 }
        select new EffectiveSetting(name, "********", $"environment {name}");
}
