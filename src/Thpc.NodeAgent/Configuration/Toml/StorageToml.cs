using System.Text;
using Thpc.NodeAgent.Configuration.Sections;
using Thpc.NodeAgent.Errors;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Thpc.NodeAgent.Configuration.Toml;

/// <summary>
/// Puts storage into the text of the configuration file and takes it out, every other byte as it was. What comes of it is read again:
/// unless it says exactly what the old text said, with or without that storage, it is not given out.
/// </summary>
internal static class StorageToml
{
    /// <summary>Adds tables at the end, each after a blank line.</summary>
    /// <param name="file">Its name, for the sentence of a failure.</param>
    /// <param name="added">Lists by section, as <see cref="ConfigOverrides.Storage"/> has them.</param>
    /// <param name="isNew">Whether a local path, without trailing slash, is to be added; others are there already.</param>
    /// <exception cref="AgentException">CONFIG_INVALID: the file's layout does not allow it.</exception>
    public static string Append(string text, string file, ConfigNode added, Func<string, bool> isNew)
    {
        var expected = Read(text, file);
        var end = text.Split('\n', 2)[0].EndsWith('\r') ? "\r\n" : "\n";
        var result = new StringBuilder(text);
        foreach (var (section, table) in Tables(added).Where(pair => Path(pair.Table) is { } path && isNew(path)))
        {
            if (expected.AsTable!.TryAdd(section, new ConfigNode(new List<ConfigNode>(), file)) || expected.AsTable[section].AsList is not null)
            {
                expected.AsTable[section].AsList!.Add(table);
            }

            Write(result, section, table, end, file);
        }

        return Checked(result.ToString(), expected) ?? throw Refusal($"{file}: [[{string.Join("]] and [[", Tables(added).Select(pair => pair.Section).Distinct())}]] cannot be added at its end; a list written as NAME = [...] is in the way");
    }

    /// <summary>Takes out the one table with this local path, from its header to its last key, and one blank line before it.</summary>
    /// <exception cref="AgentException">CONFIG_INVALID: the file has no such table, or its layout does not allow it.</exception>
    public static string Remove(string text, string file, string localPath)
    {
        var expected = Read(text, file);
        var path = LocalPath.Normalize(localPath);
        List<(string Section, ConfigNode Table)> found = [.. Tables(expected).Where(pair => Path(pair.Table) == path)];
        if (found is not [var (section, table)])
        {
            throw Refusal(found.Count == 0
                ? $"{file}: has no [[cfs]], [[goosefs]] or [[goosefsx]] with local_path = \"{ConfigDiagnostic.Printable(path)}\" (storage.option_file names storage too)"
                : $"{file}: has local_path = \"{ConfigDiagnostic.Printable(path)}\" {found.Count} times");
        }

        var list = expected.AsTable![section].AsList!;
        var index = list.FindIndex(item => ReferenceEquals(item, table));
        list.RemoveAt(index);
        if (list.Count == 0)
        {
            expected.AsTable.Remove(section);
        }

        // Tables that are written otherwise, and so are not counted here, are noticed when the result is compared.
        var written = SyntaxParser.Parse(text, file, validate: true).Tables.OfType<TableArraySyntax>().Where(header => TomlLines.Path(header.Name) is [var name] && name == section).ElementAtOrDefault(index);
        return written is not null && Checked(TomlLines.From(written).Without(text), expected) is { } result ? result : throw Refusal($"{file}: the {section} at \"{ConfigDiagnostic.Printable(path)}\" is not written as a [[{section}]] of its own");
    }

    private static void Write(StringBuilder result, string section, ConfigNode table, string end, string file)
    {
        // A byte-order mark alone is an empty file.
        if (result.Length > 1 || (result.Length == 1 && result[0] != '\uFEFF'))
        {
            result.Append(result[^1] == '\n' ? "" : end).Append(end);
        }

        result.Append("[[").Append(section).Append("]]").Append(end);
        foreach (var (key, value) in table.AsTable!)
        {
            result.Append(key).Append(" = ").Append(TomlValue.Format(value) ?? throw Refusal($"{file}: {key} of the added {section} is {value.Kind}, which no storage has")).Append(end);
        }
    }

    private static string? Path(ConfigNode table) => table.AsTable?.GetValueOrDefault("local_path")?.Value is string path ? LocalPath.Normalize(path) : null;

    private static IEnumerable<(string Section, ConfigNode Table)> Tables(ConfigNode root) =>
        from section in StorageSections.All from table in root.AsTable!.GetValueOrDefault(section)?.AsList ?? [] select (section, table);

    private static ConfigNode Read(string text, string file)
    {
        List<ConfigDiagnostic> diagnostics = [];
        return TomlText.Parse(text, file, diagnostics) ?? throw new AgentException(ErrorCode.ConfigInvalid, string.Join('\n', diagnostics));
    }

    private static string? Checked(string text, ConfigNode expected) => TomlText.Parse(text, "", []) is { } read && read.SameAs(expected) ? text : null;

    private static AgentException Refusal(string message) =>
        new(ErrorCode.ConfigInvalid, message, new(
            "Edit the file by hand: each storage is a table of its own, [[cfs]], [[goosefs]] or [[goosefsx]], with its keys below; nothing was changed.",
            "请手动编辑该文件：每个存储各占一个表，[[cfs]]、[[goosefs]] 或 [[goosefsx]]，其下为各配置项；未做任何改动。"));
}
