using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Thpc.NodeAgent.Cli;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Reporting.Metrics;
using Thpc.NodeAgent.Stages.Image;

namespace Thpc.NodeAgent.Tests.Architecture;

/// <summary>The pages: their sizes, and whether what they name and show is so.</summary>
public sealed partial class DocumentTests
{
    private const string MetricsPrefix = "thpc_node_agent_";

    // Lines and bytes at most; 0 bytes: no limit of its own.
    private static readonly Dictionary<string, (int Lines, int Bytes)> Limits = new()
    {
        ["README.md"] = (150, 8192),
        ["docs/getting-started.md"] = (150, 0),
        ["docs/configuration.md"] = (250, 0),
        ["docs/how-it-works.md"] = (200, 0),
        ["docs/images.md"] = (200, 0),
        ["docs/boot.md"] = (100, 0),
        ["docs/storage.md"] = (200, 0),
        ["docs/scripts.md"] = (200, 0),
        ["docs/troubleshooting.md"] = (150, 0),
        ["docs/report-format.md"] = (150, 0),
        ["docs/monitoring.md"] = (150, 0),
        ["docs/scaling.md"] = (150, 0),
        ["docs/rationale.md"] = (150, 0),
    };

    // Programs and files that look like keys.
    private static readonly string[] NoKeys = ["mount.lustre", "mount.nfs", "packages.log"];

    private static readonly Lazy<HashSet<string>> WordsOfCode = new(ReadWords);

    /// <summary>Those that speak of the program, not of how it is made.</summary>
    private static IEnumerable<Page> UserPages => Page.All.Where(page => UserPagePattern().IsMatch(page.Name));

    [Fact]
    public void Pages_are_short()
    {
        foreach (var (name, (lines, bytes)) in Limits)
        {
            var text = Get(name).Text;
            Assert.True(text.Count(c => c == '\n') <= lines, $"{name} has more than {lines} lines");
            Assert.True(bytes == 0 || Encoding.UTF8.GetByteCount(text) <= bytes, $"{name} has more than {bytes} bytes");
        }
    }

    [Fact]
    public void No_line_of_a_page_has_more_than_140_columns() => Assert.Empty(
        from page in Page.All
        from line in page.Text.Split('\n').Index()
        where line.Item.Sum(Columns) > 140
        select $"{page.Name}:{line.Index + 1}");

    [Fact]
    public void Every_configuration_in_a_page_is_valid()
    {
        var all = from page in Page.All from block in page.Blocks("toml") select (Where: $"{page.Name}:{block.Line}", block.Content);
        var examples = all.ToList();
        Assert.InRange(examples.Count, 8, 1000);
        foreach (var (where, content) in examples)
        {
            if (content.StartsWith($"# {NodePaths.CosCredentials}\n", StringComparison.Ordinal))
            {
                Assert.True(CosCredentialsFile.Parse(where, content) is { SecretId.Length: > 0, SecretKey.Length: > 0 }, where);
            }
            else
            {
                Assert.True(Problems(content) is "", $"{where}: {Problems(content)}");
            }
        }
    }

    [Fact]
    public void The_full_example_has_every_key()
    {
        var settings = Get("docs/configuration.md").Blocks("toml")
            .Where(block => block.Content.StartsWith("[cluster]", StringComparison.Ordinal))
            .Select(block => Load(block.Content).Settings)
            .MaxBy(settings => settings.Count(IsGiven))!;
        var given = settings.Where(IsGiven).Select(Key).ToHashSet();
        Assert.Empty(settings.Select(Key).Except(given));
        Assert.Empty(given.Except(Keys()));
        Assert.Empty(Keys().Except(given));

        static bool IsGiven(EffectiveSetting setting) => setting.Origin != "default";
    }

    [Fact]
    public void Every_key_that_a_page_names_exists()
    {
        var keys = Keys();
        var sections = keys.Select(key => key.Split('.')[0]).ToHashSet();
        Assert.Empty(
            from page in UserPages
            from code in page.Code
            where KeyPattern().Match(code) is { Success: true } match && sections.Contains(match.Groups[1].Value)
            where !keys.Contains(code) && !NoKeys.Contains(code)
            select $"{page.Name}: {code}");
    }

    [Fact]
    public void Every_command_line_in_a_page_is_accepted()
    {
        var commands = Page.All.SelectMany(page => page.Commands).ToList();
        Assert.InRange(commands.Count, 40, 10_000);
        Assert.Empty(
            from command in commands
            let parse = AgentCommand.Create().Parse(command.Words)
            let isWhole = AgentCommand.PathOf(parse.CommandResult).Count <= command.Words.Length

            // A sentence may speak of a group of commands.
            where isWhole || parse.CommandResult.Command.Subcommands.Count == 0
            from error in parse.Errors
            select $"{command.Where}: {error.Message}");
    }

    [Fact]
    public void Operations_in_pages_are_those_that_there_are()
    {
        Assert.Equal(
            AllOperations.All.Select(operation => (operation.Name, operation.IsDefault)).Order(),
            Get("docs/images.md").Rows("operation").Select(row => (row[0].Trim('`'), row[1] == "yes")).Order());
        foreach (var (_, words) in Page.All.SelectMany(page => page.Commands))
        {
            var at = Array.IndexOf(words, "--operations");
            if (at >= 0 && words[at + 1] != "LIST")
            {
                Assert.NotEmpty(AllOperations.Choose(words[at + 1], "defaults"));
            }
        }
    }

    /// <summary>Variables, error codes, keys and fields: what has an underscore is somebody's name for something.</summary>
    [Fact]
    public void Every_name_in_backquotes_is_in_the_code() => Assert.Empty(
        from page in UserPages
        from code in page.Code
        from name in NamePattern().Matches(code).Select(match => match.Value)
        where !name.StartsWith(MetricsPrefix, StringComparison.Ordinal) && !SystemNamePattern().IsMatch(name) && !IsInCode(name)
        select $"{page.Name}: {name}");

    [Fact]
    public void Every_field_in_the_page_of_formats_is_in_the_code()
    {
        var page = Get("docs/report-format.md");
        string[] headers = ["field", "field of a stage", "field of a step", "field of an error"];
        var cells = headers.SelectMany(page.Rows).Select(row => row[0]);
        var fields = cells.SelectMany(cell => FieldPattern().Matches(cell).Select(match => match.Groups[1].Value)).ToList();
        Assert.InRange(fields.Count, 30, 100);
        Assert.DoesNotContain(fields, field => !IsInCode(field));
    }

    [Fact]
    public void The_report_in_the_page_of_formats_can_be_read_and_has_every_field()
    {
        var example = Assert.Single(Get("docs/report-format.md").Blocks("json")).Content;
        var report = ReportJson.Read(Encoding.UTF8.GetBytes(example));
        Assert.NotNull(report);

        var written = Names(JsonDocument.Parse(ReportJson.Write(report)).RootElement).ToHashSet();
        var shown = Names(JsonDocument.Parse(example).RootElement).ToHashSet();
        Assert.Empty(written.Except(shown));
        Assert.Empty(shown.Except(written));
    }

    [Fact]
    public void Every_metric_is_in_a_page_and_every_one_in_a_page_exists()
    {
        var report = new Report
        {
            AgentVersion = "",
            RunId = "",
            ClusterId = "",
            NodeRole = "",
            StartedAt = DateTimeOffset.UnixEpoch,
            FinishedAt = DateTimeOffset.UnixEpoch,
            Stages = [new StageReport("mount", Outcome.Failed, null, 0, 0, []) { Error = new ErrorReport("MOUNT_DENIED", "", "") }],
        };
        var text = MetricsText.Write(report, new NodeFacts(true, 1, 1));
        var written = MetricPattern().Matches(text).Select(match => match.Value).ToHashSet();
        var named = UserPages.SelectMany(page => MetricPattern().Matches(page.Text)).Select(match => match.Value).ToHashSet();
        Assert.InRange(written.Count, 12, 100);
        Assert.Empty(written.Except(named));
        Assert.Empty(named.Except(written));
    }

    [Fact]
    public void Every_error_code_is_explained_and_met_in_troubleshooting_or_scripts()
    {
        var errors = Get("docs/errors.md").Text;
        var met = Get("docs/troubleshooting.md").Text + Get("docs/scripts.md").Text;
        Assert.All(ErrorCode.All, code => Assert.Contains($"\n## {code.Name}\n", errors, StringComparison.Ordinal));
        Assert.All(ErrorCode.All, code => Assert.Contains($"`{code.Name}`", met, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_error_code_is_listed_once() => Assert.Equal(
        typeof(ErrorCode).GetFields().Where(field => field.IsStatic && field.FieldType == typeof(ErrorCode))
            .Select(field => ((ErrorCode)field.GetValue(null)!).Name).Order(StringComparer.Ordinal),
        ErrorCode.All.Select(code => code.Name).Order(StringComparer.Ordinal));

    private static Page Get(string name) => Assert.Single(Page.All, page => page.Name == name);

    /// <summary>A Chinese character takes two.</summary>
    private static int Columns(char c) =>
        c is >= '\u2e80' and <= '\ud7ff' or >= '\uf900' and <= '\ufaff' or >= '\uff01' and <= '\uff60' ? 2 : 1;

    /// <summary>All keys, each with its section.</summary>
    private static HashSet<string> Keys() => [.. ConfigKeys.All.Select(key => $"{key.Section}.{key.Name}")];

    private static string Key(EffectiveSetting setting) => IndexPattern().Replace(setting.Key, "");

    private static string Problems(string toml)
    {
        try
        {
            return string.Join('\n', Load(toml).Warnings);
        }
        catch (AgentException e)
        {
            return e.Message;
        }
    }

    /// <summary>An example without a cluster is a part of a configuration.</summary>
    private static LoadedConfig Load(string toml)
    {
        const string Cluster = $"[cluster]\nid = \"{TemporaryNode.ClusterId}\"\nnode_role = \"COMPUTE\"\n";
        var text = toml.Contains("[cluster]", StringComparison.Ordinal) ? toml : Cluster + toml;
        return ConfigLoader.Load(text, "example", new Dictionary<string, string>(), new ConfigOverrides(), _ => """{"CFSOptions": []}""");
    }

    /// <summary>As it is, or as a member whose name becomes it in JSON.</summary>
    private static bool IsInCode(string name)
    {
        var parts = name.Split('_', StringSplitOptions.RemoveEmptyEntries);
        var member = string.Concat(parts.Select(part => char.ToUpperInvariant(part[0]) + part[1..]));
        return WordsOfCode.Value.Contains(name) || WordsOfCode.Value.Contains(member);
    }

    private static IEnumerable<string> Names(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property => Names(property.Value).Prepend(property.Name)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Names),
        _ => [],
    };

    private static HashSet<string> ReadWords()
    {
        string[] folders = ["src/Thpc.NodeAgent", "images", "scripts"];
        var texts = folders.SelectMany(RepositoryFiles.Below).Where(file => !file.EndsWith(".md", StringComparison.Ordinal))
            .Select(RepositoryFiles.Read);
        return [.. texts.SelectMany(text => WordPattern().Matches(text).Select(match => match.Value))];
    }

    [GeneratedRegex(@"^(README\.md|images/.*|docs/(?!development/).*)\z")]
    private static partial Regex UserPagePattern();

    [GeneratedRegex(@"\w+")]
    private static partial Regex WordPattern();

    [GeneratedRegex(@"^([a-z]+(?:_[a-z]+)*)\.[a-z_]+\z")]
    private static partial Regex KeyPattern();

    [GeneratedRegex(@"\[[0-9]+\]")]
    private static partial Regex IndexPattern();

    [GeneratedRegex(@"(?<![\w@-])[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+(?![\w-])")]
    private static partial Regex NamePattern();

    // Names of the kernel and of the loader, such as CAP_CHOWN and LD_PRELOAD.
    [GeneratedRegex(@"^(AF|CAP|LD|O|PR)_[A-Z_]+\z")]
    private static partial Regex SystemNamePattern();

    [GeneratedRegex("`([a-z_0-9]+)`")]
    private static partial Regex FieldPattern();

    [GeneratedRegex("thpc_node_agent_[a-z_]+[a-z]")]
    private static partial Regex MetricPattern();
}
