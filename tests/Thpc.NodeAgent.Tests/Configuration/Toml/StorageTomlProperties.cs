using CsCheck;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Configuration.Toml;

namespace Thpc.NodeAgent.Tests.Configuration.Toml;

public sealed class StorageTomlProperties
{
    private const string Hole = "{0}";

    // Values that look like other TOML syntax, or span several lines.
    private static readonly string[] Values =
    [
        "1", "-0.5", "true", "1979-05-27T07:32:00Z", "\"[[cfs]]\"", "'C:\\x'", "\"\"", "\"é数😀 \\u00e9 \\\" #\"", "[]", "[1, [2, 3]]",
        "{ a = 1, b = [ '}' ] }",
        "\"\"\"\n[[cfs]]\nlocal_path = \"/new0\"\n\n\"\"\"", "'''\n\n[[goosefs]]\n'''", "[ # [[cfs]]\n  \"a\", # ]\n\n  \"[[cfs]]\",\n]",
        "[\"\"\"\n]\n\"\"\"]",
    ];

    private static readonly Gen<string> Value = Pick(Values);

    private static readonly Gen<string> Comment = Pick("", "", " # c", " # [[cfs]] é数😀\u00A0 \"'", "\t#");

    private static readonly Gen<string> Filler =
        Pick("\n", "\n\n", "  \t\n", "# [[cfs]]\n", "  # é数😀 local_path = \"/new0\"\n", "#\n\n# next\n");

    private static readonly Gen<string> KeyLines = Gen.Select(
        Pick("", "  "), Value, Comment, Pick("", "# inside\n", "\n"),
        (indent, value, comment, inside) => $"{inside}{indent}k{Hole} = {value}{comment}\n").Array[0, 3].Select(Numbered);

    private static readonly Gen<Block> Storage = Gen.Select(
        Pick("cfs", "goosefs", "goosefsx"), Pick("[[{0}]]", "  [[ {0} ]]", "[[\"{0}\"]]", "[['{0}']] "), Comment, KeyLines,
        Pick("\"/c{0}\"", "'/c{0}/'", "\"\"\"\n/c{0}\"\"\""), Gen.Bool).Select(
        (section, header, comment, keys, path, first) =>
            new Block(
                $"{header.Replace(Hole, section, StringComparison.Ordinal)}"
                    + $"{comment}\n{(first ? $"local_path = {path}\n{keys}" : $"{keys}local_path = {path}\n")}", true));

    private static readonly Gen<Block> Other =
        Gen.Select(Pick("[t{0}]\n", "[[t{0}]]\n", "[t{0}.'a b']\n"), KeyLines, (header, keys) => new Block(header + keys, false));

    private static readonly Gen<Block[]> Blocks =
        Gen.Frequency((3, Storage), (2, Other), (3, Filler.Select(text => new Block(text, false)))).Array[0, 10]
        .Select(blocks =>
            blocks.Select((block, index) => block with { Text = block.Text.Replace(Hole, $"{index}", StringComparison.Ordinal) })
                .ToArray());

    private static readonly Gen<string> Nasty = Gen.Frequency(
        (6, Gen.String[Gen.Char["ab\"'\\\n\r\t\0\u0001\u001B\u007F\u0085\u00A0\u2028\uFEFF\uFFFD#[]=,é数{}"], 0, 12]),
        (2, Pick("\"\"\"", "'''", "[[cfs]]", "😀", "\\u00e9", "a\\", "\n[[cfs]]\nlocal_path = \"/x\"\n")),
        (1, Gen.String[Gen.Char['\u0000', '\uD7FF'], 0, 30]));

    private static readonly Gen<ConfigNode> Added =
        Gen.Select(Pick("cfs", "goosefs", "goosefsx"), Nasty, Nasty, Nasty.Array[0, 3], Gen.Long).Array[1, 4].Select(tables =>
    {
        var root = ConfigNode.Table("added");
        foreach (var (index, (section, path, remote, masters, number)) in tables.Index())
        {
            var table = ConfigNode.Table("added");
            table.AsTable!["remote_path"] = Node(remote);
            table.AsTable["local_path"] = Node($"/new{index}{path}");
            table.AsTable["masters"] = Node(masters.Select(Node).ToList());
            table.AsTable["number"] = Node(number);
            root.AsTable!.TryAdd(section, Node(new List<ConfigNode>()));
            root.AsTable[section].AsList!.Add(table);
        }

        return root;
    });

    private static readonly Gen<(Block[] Blocks, bool Crlf, bool Open)> Files = Gen.Select(Blocks, Gen.Bool, Gen.Bool);

    [Fact]
    public void Appended_storage_reads_back_and_can_be_removed_without_a_trace() =>
        Gen.Select(Files, Added).Sample(
            (file, added) =>
            {
                var text = Text(file);
                var longer = StorageToml.Append(text, "test", added, _ => true);
                Assert.StartsWith(text, longer, StringComparison.Ordinal);
                var before = Parse(text);
                var after = Parse(longer);
                foreach (var (section, list) in added.AsTable!)
                {
                    var given = list.AsList!;
                    var read = after.AsTable![section].AsList!;
                    Assert.Equal((before.AsTable!.GetValueOrDefault(section)?.AsList?.Count ?? 0) + given.Count, read.Count);
                    Assert.All(given.Zip(read.TakeLast(given.Count)), pair => Assert.True(pair.First.SameAs(pair.Second)));
                }

                var whole = text.Length == 0 || text.EndsWith('\n') ? text : text + (text.Split('\n')[0].EndsWith('\r') ? "\r\n" : "\n");
                string[] paths =
                    [.. added.AsTable.Values.SelectMany(list => list.AsList!).Select(table => (string)table.AsTable!["local_path"].Value)];
                Assert.Equal(whole, paths.Aggregate(longer, (left, path) => StorageToml.Remove(left, "test", path)));
                Assert.Equal(whole, Enumerable.Reverse(paths).Aggregate(longer, (left, path) => StorageToml.Remove(left, "test", path)));
            },
            iter: 2000);

    [Fact]
    public void Remove_deletes_no_other_line() =>
        Files.Sample(
            file =>
            {
                var text = Text(file);
                foreach (var (index, block) in file.Blocks.Index().Where(pair => pair.Item.IsStorage))
                {
                    List<string> before = [.. Lines(file.Blocks[..index])];
                    var after = string.Concat(Lines(file.Blocks[(index + 1)..]));
                    if (before.Count > 0 && string.IsNullOrWhiteSpace(before[^1]))
                    {
                        before.RemoveAt(before.Count - 1);
                    }

                    var expected = Ended(string.Concat(before) + after, file.Crlf, file.Open && after.Length > 0);
                    Assert.Equal(expected, StorageToml.Remove(text, "test", $"/c{index}"));
                }
            },
            iter: 2000);

    private static string Text((Block[] Blocks, bool Crlf, bool Open) file) =>
        Ended(string.Concat(file.Blocks.Select(block => block.Text)), file.Crlf, file.Open);

    private static IEnumerable<string> Lines(Block[] blocks) =>
        string.Concat(blocks.Select(block => block.Text)).Split('\n').SkipLast(1).Select(line => line + "\n");

    private static string Ended(string text, bool crlf, bool open)
    {
        var shown = open && text.EndsWith('\n') ? text[..^1] : text;
        return crlf ? shown.Replace("\n", "\r\n", StringComparison.Ordinal) : shown;
    }

    private static string Numbered(string[] lines) =>
        string.Concat(lines.Select((line, index) => line.Replace($"k{Hole}", $"k{index}", StringComparison.Ordinal)));

    private static ConfigNode Parse(string text)
    {
        List<ConfigDiagnostic> diagnostics = [];
        var node = TomlText.Parse(text, "test", diagnostics);
        Assert.Empty(diagnostics);
        return node!;
    }

    private static ConfigNode Node(object value) => new(value, "added");

    private static Gen<string> Pick(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(index => texts[index]);

    /// <summary>A few lines of a file; {0} is replaced by the block's number.</summary>
    private sealed record Block(string Text, bool IsStorage);
}
