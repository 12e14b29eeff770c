using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Thpc.NodeAgent.Stages.Mount;

namespace Thpc.NodeAgent.Cli;

/// <summary>`storage list`.</summary>
internal static class StorageCommand
{
    private static readonly Option<bool> Json = new("--json") { Description = "print as JSON" };

    public static Command Create()
    {
        var list = new Command("list", AgentCommand.WithExample("What the configuration, the mount table and fstab have, side by side, with size and use; never hangs on a dead server.", "thpc-node-agent storage list")) { Json };
        list.OnRun((parse, cancel) => ListAsync(Globals.Of(parse), parse.GetValue(Json), cancel));
        return new Command("storage", "The cluster's storage on this live node.") { list };
    }

    private static async Task<int> ListAsync(Globals globals, bool json, CancellationToken cancel)
    {
        var rows = await StorageInventory.LookAsync(globals.LoadConfig().Config, globals.Root, cancel);
        if (json)
        {
            JsonOutput.Write(writer => Write(writer, rows));
            return ExitCode.Done;
        }

        if (rows.Count == 0)
        {
            Console.WriteLine("no storage is configured, mounted or in fstab");
        }

        var text = new StringBuilder();
        foreach (var row in rows)
        {
            text.Append(row.LocalPath).Append('\n');
            text.Append("  configured  ").Append(row.Configured ?? "no").Append('\n');
            text.Append("  mounted     ").Append(row.Mounted ?? "no").Append(State(row)).Append('\n');
            text.Append("  fstab       ").Append(row.InFstab ?? "no").Append('\n');
        }

        Console.OutputEncoding = Encoding.UTF8;
        Console.Write(text);
        return ExitCode.Done;
    }

    private static string State(StorageRow row) => row switch
    {
        { Problem: { } problem } => $"  ({problem})",
        { Size: { } size } => string.Create(CultureInfo.InvariantCulture, $"  ({Bytes(size.Used)} of {Bytes(size.Total)} used)"),
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

    private static void Write(Utf8JsonWriter writer, IReadOnlyList<StorageRow> rows)
    {
        writer.WriteStartArray();
        foreach (var row in rows)
        {
            writer.WriteStartObject();
            writer.WriteString("local_path", row.LocalPath);
            writer.WriteString("configured", row.Configured);
            writer.WriteString("mounted", row.Mounted);
            writer.WriteString("fstab", row.InFstab);
            if (row.Size is { } size)
            {
                writer.WriteNumber("size_bytes", size.Total);
                writer.WriteNumber("used_bytes", size.Used);
            }

            writer.WriteString("problem", row.Problem);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
