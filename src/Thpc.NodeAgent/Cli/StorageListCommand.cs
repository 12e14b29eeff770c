using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Thpc.NodeAgent.Stages.Mount;

namespace Thpc.NodeAgent.Cli;

/// <summary>`storage list`.</summary>
internal static class StorageListCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);
    private static readonly Option<bool> Json = new("--json") { Description = "print as JSON" };

    public static Command Create()
    {
        var list = new Command("list", AgentCommand.WithExample("What the configuration, the mount table, fstab and units have, side by side, with size and use; never hangs on a dead server.", "thpc-node-agent storage list")) { Json };
        list.OnRun((parse, cancel) => RunAsync(Globals.Of(parse), parse.GetValue(Json), cancel));
        return list;
    }

    private static async Task<int> RunAsync(Globals globals, bool json, CancellationToken cancel)
    {
        var loaded = globals.LoadConfig();
        var survey = new Survey(DriverContext.Of(loaded.Config, globals.Root));
        var known = survey.Known.ToDictionary(storage => storage.LocalPath, StringComparer.Ordinal);
        var paths = known.Keys.Concat(survey.SharedMounts).Concat(survey.Remembered.Select(item => item.LocalPath)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        var rows = await Task.WhenAll(paths.Select(async path => new Row(
            await survey.LookAsync(path, known.GetValueOrDefault(path), Limit, cancel),
            survey.Fstab.At(path).LastOrDefault()?.Entry is { } line ? $"{line.Type} {line.Source}" : null,
            survey.Remembered.LastOrDefault(item => item.LocalPath == path)?.Unit)));
        foreach (var warning in loaded.Warnings)
        {
            await Console.Error.WriteLineAsync($"thpc-node-agent: warning: {warning}");
        }

        if (json)
        {
            JsonOutput.Write(writer => Write(writer, rows));
            return ExitCode.Done;
        }

        Console.Write(rows.Length == 0 ? "no storage is configured, mounted or in fstab\n" : string.Concat(rows.Select(Text)));
        return ExitCode.Done;
    }

    private static string Text(Row row)
    {
        var text = new StringBuilder();
        text.Append(row.Place.LocalPath).Append('\n');
        text.Append("  configured  ").Append(row.Configured ?? "no").Append('\n');
        text.Append("  mounted     ").Append(row.Mounted ?? "no").Append(State(row.Place.Answer)).Append('\n');
        return row.Unit is null
            ? text.Append("  fstab       ").Append(row.InFstab ?? "no").Append('\n').ToString()
            : text.Append("  unit        ").Append(row.Unit).Append('\n').ToString();
    }

    private static string State(MountAnswer? answer) => answer switch
    {
        { Size: { } size } => string.Create(CultureInfo.InvariantCulture, $"  ({Bytes(size.Used)} of {Bytes(size.Total)} used)"),
        { } silent => $"  ({silent.Code}: {silent.Words})",
        _ => "",
    };

    private static string Bytes(long count)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        var unit = 0;
        double amount = count;
        for (; amount >= 1024 && unit < units.Length - 1; unit++)
        {
            amount /= 1024;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{amount:0.#} {units[unit]}");
    }

    private static void Write(Utf8JsonWriter writer, IReadOnlyList<Row> rows)
    {
        writer.WriteStartArray();
        foreach (var row in rows)
        {
            writer.WriteStartObject();
            writer.WriteString("local_path", row.Place.LocalPath);
            writer.WriteString("configured", row.Configured);
            writer.WriteString("mounted", row.Mounted);
            writer.WriteString("fstab", row.InFstab);
            writer.WriteString("unit", row.Unit);
            if (row.Place.Answer?.Size is { } size)
            {
                writer.WriteNumber("size_bytes", size.Total);
                writer.WriteNumber("used_bytes", size.Used);
            }

            writer.WriteString("code", row.Place.Answer?.Code?.Name);
            writer.WriteString("problem", row.Place.Answer is { Code: not null } answer ? answer.Words : null);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private sealed record Row(Place Place, string? InFstab, string? Unit)
    {
        public string? Configured => Place.Configured ? Place.Driver!.Description : null;

        public string? Mounted => Place.Mounted is { } entry ? $"{entry.Type} {entry.Source}" : null;
    }
}
