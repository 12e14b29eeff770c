using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Tests.Configuration;

/// <summary>Mistakes that people make in the file, and what the agent prints about them.</summary>
public sealed class ConfigMistakeTests
{
    private const string OptionFile = "save the JSON as a file of its own, and name that file in option_file of [storage]";

    private static readonly (string Name, Func<string, string> Apply)[] Mutations =
    [
        ("typographic quotes", value => $"“{value[1..^1]}”"),
        ("typographic closing quote", value => $"{value[..^1]}”"),
        ("full-width quotes", value => $"＂{value[1..^1]}＂"),
        ("no closing quote", value => value[..^1]),
        ("no opening quote", value => value[1..]),
        ("no quotes", value => value[1..^1]),
        ("a comma", value => value + ","),
        ("two values", value => $"{value} {value}"),
        ("a placeholder", _ => "\"@VALUE@\""),
        ("a placeholder without quotes", _ => "${VALUE}"),
        ("no value", _ => ""),
        ("a long quote", value => "\"\"\"" + value[1..^1]),
        ("a wrong escape", value => value[..^1] + "\\q\""),
        ("another encoding", value => value[..^1] + "\uFFFD\""),
    ];

    /// <summary>Text after [cluster] with id and role in lines 1 to 3; place and message; the two lines that show the place.</summary>
    public static TheoryData<string, string, string?> Appended { get; } = new()
    {
        { "[cfs]\nlocal_path = \"/data\"\n", "4: cfs: is written [cfs], but it may be repeated; write [[cfs]]", null },
        {
            "[cfs]\nlocal_path = \"/data\"\n[cfs]\nremote_path = \"h:/\"\n",
            "6: cfs: is given twice, first in line 4; write [[cfs]] each time, not [cfs]", null
        },
        {
            "[[init_script]]\nscript_path = \"@INIT_SCRIPT@\"\n",
            "5: init_script[1].script_path: @INIT_SCRIPT@ is a placeholder that was not replaced; write the value itself", null
        },
        {
            "[[init_script]]\nscript_path = \"file:///x\"\ntimeout = \"{{ timeout }}\"\n",
            "6: init_script[1].timeout: {{ timeout }} is a placeholder that was not replaced; write the value itself", null
        },
        {
            "[[goosefs]]\nlocal_path = \"/g\"\nmasters = [\"<master>\"]\n",
            "6: goosefs[1].masters: <master> is a placeholder that was not replaced; write the value itself", null
        },
        {
            "[[init_script]]\nscript_path = \"cos://demo.cos.ap-guangzhou.myqcloud.com/test/echo.sh\"\n",
            "5: init_script[1].script_path: the bucket demo has no APPID; write BUCKET-APPID, such as demo-1250000000, "
                + "as the COS console shows it",
            null
        },
        { "scheduler_type = \"null\"\n", "4: cluster.scheduler_type: \"NULL\" is not a scheduler; use SLURM or SGE", null },
        { "scheduler_type = \"SLRUM\"\n", "4: cluster.scheduler_type: \"SLRUM\" is not a scheduler; did you mean SLURM?", null },
        { "[[cfs]]\nlocal_path = \"/data\"\nremote_path = 5\n", "6: cfs[1].remote_path: is an integer, expected a string", null },
        {
            "[storage]\noption_file = \"@STORAGE@\"\n",
            "5: storage.option_file: @STORAGE@ is a placeholder that was not replaced; write the value itself", null
        },
        { "[[init_script]]\nscript_path = 5\n", "5: init_script[1].script_path: is an integer, expected a string", null },
        { "[mount]\ntimeout = 30s\n", "5:11: this is not a number; write timeout = 30, for example", "timeout = 30s\n          ^" },
        { "{\"CFSOptions\": []}\n", $"4:1: this is JSON, not TOML; {OptionFile}", "{\"CFSOptions\": []}\n^" },
        { "[[cfs]]\n  \"LocalPath\": \"/data\",\n", $"5:3: this is JSON, not TOML; {OptionFile}", "\"LocalPath\": \"/data\",\n^" },
        {
            "[packages]\nextra = [\"a\" \"b\"]\n", "5:14: the items of a list need commas between them",
            "extra = [\"a\" \"b\"]\n             ^"
        },
        {
            "[packages]\nextra = [\"a\"， \"b\"]\n", "5:13: ， (U+FF0C) is not the ASCII character; replace it with ,",
            "extra = [\"a\"， \"b\"]\n            ^"
        },
        { "[packages]\nextra = [\"a\"\n[cos]\nendpoint = \"\"\n", "5:9: [ has no closing ]", "extra = [\"a\"\n        ^" },
        { "[packages]\nextra = [\"a\"\ntimeout = 60\n", "5:9: [ has no closing ]", "extra = [\"a\"\n        ^" },
        { "[[cfs]\n", "4:1: the header begins with [[ and ends with ]; write [[cfs]]", "[[cfs]\n^" },
        { "[[cos]\n", "4:1: the header begins with [[ and ends with ]; write [cos]", "[[cos]\n^" },
        {
            "[fleet]\nx = [\n  { a = 1 }\n  { b = 2 }\n]\n", "7:3: the items of a list need commas between them", "{ b = 2 }\n^"
        },
        { "[cos\n", "4:5: the header has no closing ]", "[cos\n    ^" },
        { "［cos］\n", "4:1: ［ (U+FF3B) is not the ASCII character; replace it with [", "［cos］\n^" },
    };

    /// <summary>What stands in the place of the cluster's id, in line 2.</summary>
    public static TheoryData<string, string, string?> Ids { get; } = new()
    {
        { "id = “hpc-8hje8h12”", "2:6: “ (U+201C) is a typographic quote; replace it with \"", "id = “hpc-8hje8h12”\n     ^" },
        { "id = ‘hpc-8hje8h12’", "2:6: ‘ (U+2018) is a typographic quote; replace it with \"", "id = ‘hpc-8hje8h12’\n     ^" },
        {
            "id = \"hpc-8hje8h12”", "2:19: the string begins with \" and ends with ” (U+201D); replace that with \"",
            "id = \"hpc-8hje8h12”\n                  ^"
        },
        { "id = hpc-8hje8h12", "2:6: text needs quotes; write id = \"hpc-8hje8h12\"", "id = hpc-8hje8h12\n     ^" },
        { "id = hpc-8hje8h12\r", "2:6: text needs quotes; write id = \"hpc-8hje8h12\"", "id = hpc-8hje8h12\n     ^" },
        { "id = it's", "2:6: text needs quotes; write id = \"it's\"", "id = it's\n     ^" },
        { "\tid = \"hpc-8hje8h12 # the id", "2:7: the string has no closing \"", "id = \"hpc-8hje8h12 # the id\n     ^" },
        { "id = hpc-8hje8h12\"", "2:6: the string has no opening \"", "id = hpc-8hje8h12\"\n     ^" },
        { "id = \"\"\"hpc-8hje8h12", "2:6: the string that begins with \"\"\" has no closing \"\"\"", "id = \"\"\"hpc-8hje8h12\n     ^" },
        { "id ＝ \"hpc-8hje8h12\"", "2:4: ＝ (U+FF1D) is not the ASCII character; replace it with =", "id ＝ \"hpc-8hje8h12\"\n   ^" },
        { "id: \"hpc-8hje8h12\"", "2:3: a key is followed by : here; replace it with =", "id: \"hpc-8hje8h12\"\n  ^" },
        { "id \"hpc-8hje8h12\"", "2:3: there is no = after id", "id \"hpc-8hje8h12\"\n  ^" },
        { "id =", "2:5: id has no value; write id = \"...\"", "id =\n    ^" },
        {
            "id = \"a\", # b", "2:9: a comma follows the value; remove it, and write each key on a line of its own",
            "id = \"a\", # b\n        ^"
        },
        {
            "id = \"a\" b = \"c\"", "2:10: more text follows the value; write each key on a line of its own",
            "id = \"a\" b = \"c\"\n         ^"
        },
        { "id\u00A0= \"a\"", "2:3: this blank is the character U+00A0; replace it with a space", "id\u00A0= \"a\"\n  ^" },
        { "id = \"C:\\dir\"", "2:9: \\ begins no valid escape here; write \\\\ for a backslash", "id = \"C:\\dir\"\n        ^" },
        {
            "id = @CLUSTER_ID@", "2:6: @CLUSTER_ID@ is a placeholder that was not replaced; write the value itself",
            "id = @CLUSTER_ID@\n     ^"
        },
        {
            "id = \"数据", "2:6: the string has no closing \"",
            "id = \"数据\n     ^"
        },
        { "id = \"数\" 据", "2:10: more text follows the value; write each key on a line of its own", "id = \"数\" 据\n          ^" },
        { "id = \"hpc-8hje8h12\"\nid = \"a\"", "3: cluster.id: is given twice, first in line 2; keep one of them", null },
    };

    [Theory]
    [MemberData(nameof(Appended))]
    public void Mistake_after_the_cluster_is_explained_at_its_place(string text, string problem, string? shown) =>
        IsExplained(Configs.Cluster + text, problem, shown);

    [Theory]
    [MemberData(nameof(Ids))]
    public void Mistake_in_a_line_is_explained_at_its_place(string line, string problem, string? shown) =>
        IsExplained($"[cluster]\n{line}\nnode_role = \"COMPUTE\"\n", problem, shown);

    [Theory]
    [InlineData("{\n  \"cluster\": {}\n}\n", "1:1: this is JSON, not TOML; " + OptionFile)]
    [InlineData("[[cluster]]\nid = \"hpc-8hje8h12\"\n", "1: cluster: is written [[cluster]], but there is only one; write [cluster]")]
    [InlineData("cluster = 1\n", "1: cluster: is an integer, expected a table: write [cluster] and its keys below")]
    public void Mistake_at_the_beginning_is_explained(string text, string problem) => IsExplained(text, problem, null, isShownToo: true);

    /// <summary>iconv writes the file, as an editor with that encoding would.</summary>
    [Theory]
    [InlineData("local_path = \"/数据\"", "6:16")]
    [InlineData("# 数据", "6:3")]
    [InlineData("local_path = “/data”", "6:14")]
    public void File_in_GBK_is_named_as_such(string line, string place)
    {
        var bytes = Gbk($"{Configs.Cluster}\n[[cfs]]\n{line}\n");
        var problem = Configs.Diagnostics(Encoding.UTF8.GetString(bytes))[0];
        Assert.StartsWith(
            $"{Configs.File}:{place}: the file is not UTF-8, perhaps GBK; save it as UTF-8", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_file_is_the_first_problem_and_config_init_its_remedy()
    {
        var error = Assert.Throws<AgentException>(() => Configs.Load(null, overrides: new ConfigOverrides { NodeRole = "X" }));
        Assert.Equal(
            [
                $"{Configs.File}: the configuration file does not exist",
                $"{Configs.File}: cluster.id: is missing; add it, for example id = \"hpc-8hje8h12\"",
                "flag --node-role: cluster.node_role: \"X\" is not known; use COMPUTE, LOGIN, MANAGER, MANAGER_BACKUP",
            ],
            error.Message.Split('\n'));
        Assert.Contains("`thpc-node-agent config init`", error.Hint.English, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("script_path = “https://h/x?q-sign-algorithm=sha1&q-signature=0123456789abcdef”")]
    [InlineData("script_path = https://h/x?q-sign-algorithm=sha1&q-signature=0123456789abcdef")]
    [InlineData("script_path = \"https://h/x?q-sign-algorithm=sha1&q-signature=0123456789abcdef")]
    [InlineData("script_path = https://user:0123456789abcdef@h/x")]
    [InlineData("secret_key = 0123456789abcdef")]
    [InlineData("args = [\"--password=0123456789abcdef\" \"a\"]")]
    public void Line_with_a_secret_is_named_but_not_shown(string line)
    {
        var error = Assert.Throws<AgentException>(() => Configs.Load($"{Configs.Cluster}[[init_script]]\n{line}\n"));
        Assert.StartsWith($"{Configs.File}:5:", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("0123456789abcdef", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("a = ")]
    [InlineData("数据 = ")]
    public void Lines_that_show_a_place_fit_80_columns(string key)
    {
        var text = $"[cluster]\nid = [{string.Join(", ", Enumerable.Repeat("\"数据\"", 40))} \"{key}\", {new string('1', 300)}]\n";
        var shown = Assert.Throws<AgentException>(() => Configs.Load(text)).Message.Split('\n')[1..];
        Assert.Equal(2, shown.Length);
        Assert.All(shown, line => Assert.InRange(Thpc.NodeAgent.Text.TerminalText.Columns(line), 1, 76));
        Assert.Contains("…", shown[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Values_like_placeholders_are_valid_where_any_text_is() =>
        Assert.Equal(
            ["${HOME}", "<x>", "@A@"],
            Assert.Single(Configs.Load(
                $"{Configs.Cluster}[[init_script]]\nscript_path = \"file:///x\"\nargs = [\"${{HOME}}\", \"<x>\", \"@A@\"]\n")
                .Config.InitScripts).Args);

    [Fact]
    public void Any_mutation_of_any_line_is_reported_at_that_line()
    {
        var lines = Samples.WithEveryKey().Split('\n');
        int[] settings = [.. Enumerable.Range(0, lines.Length).Where(i => Regex.IsMatch(lines[i], "^[a-z_0-9]+ = \".+\"$"))];
        Gen.Select(Gen.Int[0, settings.Length - 1], Gen.Int[0, Mutations.Length - 1]).Sample(
            (setting, mutation) =>
            {
                var (at, changed) = (settings[setting], lines.ToArray());
                var (key, value) = (changed[at].Split(" = ", 2)[0], changed[at].Split(" = ", 2)[1]);
                changed[at] = $"{key} = {Mutations[mutation].Apply(value)}";
                var problems = Configs.Diagnostics(string.Join('\n', changed));
                Assert.True(
                    problems.Any(problem => Regex.IsMatch(problem, $"^{Regex.Escape(Configs.File)}:{at + 1}[: ]")),
                    $"{changed[at]} ({Mutations[mutation].Name}) gives\n{string.Join('\n', problems)}");
            },
            iter: 2000);
    }

    private static void IsExplained(string text, string problem, string? shown, bool isShownToo = false)
    {
        var lines = Assert.Throws<AgentException>(() => Configs.Load(text)).Message.Split('\n');
        Assert.Equal($"{Configs.File}:{problem}", lines[0]);
        if (!isShownToo)
        {
            Assert.Equal(shown is null ? [] : shown.Split('\n').Select(line => $"  {line}"), lines[1..]);
        }
    }

    private static byte[] Gbk(string text)
    {
        var start = new System.Diagnostics.ProcessStartInfo("iconv", ["-f", "UTF-8", "-t", "GBK"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var process = System.Diagnostics.Process.Start(start)!;
        process.StandardInput.BaseStream.Write(Encoding.UTF8.GetBytes(text));
        process.StandardInput.Close();
        using var result = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(result);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return result.ToArray();
    }
}
