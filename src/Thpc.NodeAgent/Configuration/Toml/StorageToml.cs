using System.Text;
using Thpc.NodeAgent.Configuration.Sections;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Text;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Thpc.NodeAgent.Configuration.Toml;

/// <summary>
/// Adds storage to the text of the configuration file or removes it, without changing any other byte. The result is parsed again, and
/// refused unless it equals the old configuration plus or minus that storage.
/// </summary>
internal static class StorageToml
{
    /// <summary>Appends tables, each after a blank line.</summary>
    /// <param name="file">The file's name, for error messages.</param>
    /// <param name="added">Lists by section, as in <see cref="ConfigOverrides.Storage"/>.</param>
    /// <param name="isNew">Whether the storage at a local path (without trailing slash) is to be added; the file has the others.</param>
    /// <exception cref="AgentException">CONFIG_INVALID: the file's layout does not allow it.</exception>
    public static string Append(string text, string file, ConfigNode added, Func<string, bool> isNew)
    {
        var expected = Read(text, file);
        var end = text.Split('\n', 2)[0].EndsWith('\r') ? "\r\n" : "\n";
        var result = new StringBuilder(text);
        foreach (var (section, table) in Tables(added).Where(pair => Path(pair.Table) is { } path && isNew(path)))
        {
            if (expected.AsTable!.TryAdd(section, new ConfigNode(new List<ConfigNode>(), file))
                || expected.AsTable[section].AsList is not null)
            {
                expected.AsTable[section].AsList!.Add(table);
            }

            Write(result, section, table, end, file);
        }

        var sections = string.Join("]] and [[", Tables(added).Select(pair => pair.Section).Distinct());
        return Checked(result.ToString(), expected)
            ?? throw new AgentException(
                Refusal(Messages.CannotAppend(file, sections)));
    }

    /// <summary>Removes the one table with this local path, from its header to its last key, and one blank line before it.</summary>
    /// <exception cref="AgentException">CONFIG_INVALID: the file has no such table, or its layout does not allow it.</exception>
    public static string Remove(string text, string file, string localPath)
    {
        var expected = Read(text, file);
        var path = LocalPath.Normalize(localPath);
        List<(string Section, ConfigNode Table)> found = [.. Tables(expected).Where(pair => Path(pair.Table) == path)];
        if (found is not [var (section, table)])
        {
            throw new AgentException(Refusal(found.Count == 0
                ? Messages.NoSuchStorage(file, TerminalText.Quoted(path))
                : Messages.SeveralTimes(file, TerminalText.Quoted(path), found.Count)));
        }

        var list = expected.AsTable![section].AsList!;
        var index = list.FindIndex(item => ReferenceEquals(item, table));
        list.RemoveAt(index);
        if (list.Count == 0)
        {
            expected.AsTable.Remove(section);
        }

        // Tables in another notation are not counted here; the comparison of the result detects them.
        var written = SyntaxParser.Parse(text, file, validate: true).Tables.OfType<TableArraySyntax>()
            .Where(header => TomlLines.Path(header.Name) is [var name] && name == section)
            .ElementAtOrDefault(index);
        return written is not null && Checked(TomlLines.From(written).Without(text), expected) is { } result
            ? result
            : throw new AgentException(Refusal(Messages.NotSeparate(file, section, TerminalText.Quoted(path))));
    }

    private static void Write(StringBuilder result, string section, ConfigNode table, string end, string file)
    {
        // A file with only a byte-order mark is empty.
        if (result.Length > 1 || (result.Length == 1 && result[0] != '\uFEFF'))
        {
            result.Append(result[^1] == '\n' ? "" : end).Append(end);
        }

        result.Append("[[").Append(section).Append("]]").Append(end);
        foreach (var (key, value) in table.AsTable!)
        {
            var written = TomlValue.Format(value)
                ?? throw new AgentException(Refusal(Messages.NotForStorage(file, key, section, value.Kind)));
            result.Append(key).Append(" = ").Append(written).Append(end);
        }
    }

    private static string? Path(ConfigNode table) =>
        table.AsTable?.GetValueOrDefault("local_path")?.Value is string path ? LocalPath.Normalize(path) : null;

    private static IEnumerable<(string Section, ConfigNode Table)> Tables(ConfigNode root) =>
        from section in StorageSections.All from table in root.AsTable!.GetValueOrDefault(section)?.AsList ?? [] select (section, table);

    private static ConfigNode Read(string text, string file)
    {
        List<ConfigDiagnostic> diagnostics = [];
        return TomlText.Parse(text, file, diagnostics)
            ?? throw new AgentException(ErrorCode.ConfigInvalid, ConfigDiagnostic.Join(diagnostics));
    }

    private static string? Checked(string text, ConfigNode expected) =>
        TomlText.Parse(text, "", []) is { } read && read.SameAs(expected) ? text : null;

    private static Error Refusal(LocalizedText text) =>
        new(ErrorCode.ConfigInvalid, text, Hints.EditStorageByHand);
}
