using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Stages.Mount;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cli;

/// <summary>`storage list`.</summary>
internal static class StorageListCommand
{
    private const int MaxOthers = 20;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    // Kubernetes nodes have hundreds of pod mounts in these directories.
    private static readonly string[] ContainerFolders =
    [
        "/var/lib/kubelet", "/var/lib/docker", "/var/lib/containers", "/var/lib/containerd", "/var/lib/rancher", "/var/lib/k0s", "/run",
        "/var/run",
    ];

    private static readonly Option<bool> Json = new("--json") { Description = "print as JSON" };

    public static Command Create()
    {
        var list = new Command("list", AgentCommand.Describe(
            "Compare storage in configuration, mounts, fstab and units.",
            "Also prints size and use. Does not hang if a server is down.",
            "thpc-node-agent storage list")) { Json };
        list.OnRun((parse, cancel) => RunAsync(GlobalOptions.From(parse), parse.GetValue(Json), cancel));
        return list;
    }

    private static async Task<int> RunAsync(GlobalOptions globals, bool json, CancellationToken cancel)
    {
        var loaded = globals.LoadConfig();
        var state = new StorageState(DriverContext.Create(loaded.Config, globals.Root));
        var known = state.Known.ToDictionary(storage => storage.LocalPath, StringComparer.Ordinal);
        List<string> own = [.. known.Keys.Concat(state.Persisted.Select(item => item.LocalPath)).DistinctBy(state.ResolvePath)];
        var ownPaths = own.Select(state.ResolvePath).ToHashSet(StringComparer.Ordinal);
        List<string> others = [.. state.SharedMounts.Except(ownPaths, StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var containerMounts = others.RemoveAll(IsContainerMount);
        var shown = own.Concat(others.Take(MaxOthers)).Order(StringComparer.Ordinal);
        var rows = await Task.WhenAll(shown.Select(async path => new Row(
            await state.InspectAsync(path, known.GetValueOrDefault(path), Limit, cancel),
            state.Persisted.LastOrDefault(item => state.ResolvePath(item.LocalPath) == state.ResolvePath(path))?.Unit)));
        string[] omitted =
        [
            .. Omitted(containerMounts, "of pods and containers"),
            .. Omitted(others.Count - MaxOthers, "that do not belong to the cluster"),
        ];
        TerminalOutput.Warn(loaded.Warnings);

        if (json)
        {
            JsonOutput.Write(writer => Write(writer, rows));
            foreach (var line in omitted)
            {
                TerminalOutput.WriteErrorLine($"thpc-node-agent: {line}");
            }

            return ExitCode.Done;
        }

        TerminalOutput.Write(Table(rows, globals.Language));
        foreach (var line in omitted)
        {
            TerminalOutput.WriteLine(line);
        }

        TerminalOutput.Write(Details(rows, globals.Language));
        return ExitCode.Done;
    }

    private static IEnumerable<string> Omitted(int count, string which) =>
        count > 0 ? [$"not listed: {count} shared mount{(count == 1 ? "" : "s")} {which}"] : [];

    private static bool IsContainerMount(string path) => Array.Exists(ContainerFolders, folder => LocalPath.IsAtOrBelow(path, folder));

    private static string Table(IReadOnlyList<Row> rows, Language language)
    {
        if (rows.Count == 0)
        {
            return Hints.NoStorage.In(language) + "\n";
        }

        List<string[]> cells = [Hints.StorageColumns.In(language).Split('|')];
        foreach (var row in rows)
        {
            // As configured where that is mounted: the kernel's names may be those of a daemon.
            var known = row.State.IsExpected ? null : row.Mounted;
            var mount = (known ?? row.State.Driver?.Description ?? row.BootMount ?? " ").Split(' ', 2);
            cells.Add([row.State.Word, row.State.LocalPath, mount[1], mount[0], row.AtBoot, Note(row.State, language)]);
        }

        return TextTable.Write(cells, false, false, false, false, false, false);
    }

    private static string Note(MountPointState state, Language language)
    {
        List<string> notes = [];
        if (state.ResolvedPath != state.LocalPath)
        {
            notes.Add(Hints.LeadsTo(state.ResolvedPath).In(language));
        }

        if (!state.IsConfigured)
        {
            notes.Add((state.Word == "foreign" ? Hints.Foreign : Hints.NotConfigured).In(language));
        }

        if (state.Answer is { Size: { } size } && state.Mounted is not null)
        {
            notes.Add(Hints.Used(Bytes(size.Used), Bytes(size.Total)).In(language));
        }

        return string.Join(language == Language.Chinese ? "，" : ", ", notes);
    }

    /// <summary>What is not well: cause and remedy, each remedy once; and where sources disagree, what each of them has.</summary>
    private static string Details(IReadOnlyList<Row> rows, Language language)
    {
        var text = new StringBuilder();
        HashSet<string> remedies = new(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            foreach (var problem in (Error?[])[row.State.Problem, row.State.BootProblem])
            {
                if (problem is null)
                {
                    continue;
                }

                text.Append(problem.Code).Append(": ").Append(TerminalText.OneLine(problem.Text.In(language))).Append('\n');
                if (remedies.Add(problem.Hint.English))
                {
                    text.Append("→ ").Append(problem.Hint.In(language)).Append('\n');
                }
            }

            if (row.HasMore)
            {
                text.Append(Text(row));
            }
        }

        return text.Length == 0 ? "" : "\n" + text;
    }

    private static string Text(Row row)
    {
        var text = new StringBuilder();
        var automount = row.State.Automount is { } found ? $"no, but automounted on access ({found.Source})" : "no";
        text.Append(row.State.LocalPath).Append('\n');
        text.Append("  configured  ").Append(row.Configured ?? "no").Append('\n');
        text.Append("  mounted     ").Append(row.Mounted ?? automount).Append(Answer(row.State.Answer)).Append('\n');
        if (row.Unit is not null)
        {
            text.Append("  unit        ").Append(row.Unit).Append('\n');
        }

        foreach (var entry in row.State.Boot)
        {
            text.Append(entry.Unit is null ? "  fstab       " : "  unit        ").Append(Boot(entry)).Append('\n');
        }

        return row.Unit is null && row.State.Boot.Count == 0 ? text.Append("  fstab       no\n").ToString() : text.ToString();
    }

    private static string Boot(BootMount entry)
    {
        var owner = entry.IsOwn ? "" : $"  ({entry.Name}, not the agent's)";
        return $"{entry.Type} {entry.Source}{owner}{(entry.IsMountedAtBoot ? "" : "  (not mounted at boot)")}";
    }

    private static string Answer(MountResponse? answer) => answer switch
    {
        { Size: { } size } => string.Create(CultureInfo.InvariantCulture, $"  ({Bytes(size.Used)} of {Bytes(size.Total)} used)"),
        { } failed => $"  ({failed.Code}: {failed.Problem})",
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

    private static void Write(Utf8JsonWriter writer, IReadOnlyList<Row> rows) => writer.WriteObjects(rows, row =>
    {
        writer.WriteString("local_path", row.State.LocalPath);
        writer.WriteString("configured", row.Configured);
        writer.WriteString("mounted", row.Mounted);
        var line = row.State.Boot.FirstOrDefault(entry => entry.Line is not null);
        writer.WriteString("fstab", line is null ? null : $"{line.Type} {line.Source}");
        writer.WriteString("unit", row.Unit);
        writer.WriteObjects("boot", row.State.Boot, entry =>
        {
            writer.WriteString("name", entry.Name.English);
            writer.WriteString("type", entry.Type);
            writer.WriteString("source", entry.Source);
            writer.WriteBoolean("of_agent", entry.IsOwn);
            writer.WriteBoolean("mounted_at_boot", entry.IsMountedAtBoot);
        });
        if (row.State.Answer?.Size is { } size)
        {
            writer.WriteNumber("size_bytes", size.Total);
            writer.WriteNumber("used_bytes", size.Used);
        }

        writer.WriteString("code", row.State.Answer?.Code?.Name);
        writer.WriteString("problem", row.State.Answer is { Code: not null } answer ? answer.Problem.English : null);
    });

    private sealed record Row(MountPointState State, string? Unit)
    {
        public string? Configured => State.IsConfigured ? State.Driver!.Description : null;

        /// <summary>Whether configuration, mount table and boot entries differ in a way that the table's line does not show.</summary>
        public bool HasMore => State.Word == "other" || State.Answer?.Code is not null || State.Automount is not null
            || !State.Boot.All(entry => entry is { IsOwn: true, IsMountedAtBoot: true });

        public string? BootMount => State.Boot is [var first, ..] ? $"{first.Type} {first.Source}" : null;

        /// <summary>What mounts it at boot.</summary>
        public string AtBoot => Unit is not null ? "unit" : State.Boot is [var first, ..] ? first.Unit is null ? "fstab" : "unit" : "no";

        public string? Mounted => State.Mounted is { } entry ? $"{entry.Type} {entry.Source}" : null;
    }
}
