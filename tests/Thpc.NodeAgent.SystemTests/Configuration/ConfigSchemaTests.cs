using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Configuration;

/// <summary>The schema accepts and refuses what the loader does, by the word of python3-jsonschema and Python's own TOML parser.</summary>
public sealed class ConfigSchemaTests : IDisposable
{
    // A line of output for each file: its name, a tab, and the first complaint; nothing behind the tab where there is none.
    private const string Program = """
        import json, pathlib, sys, tomllib
        import jsonschema
        folder = pathlib.Path(sys.argv[1])
        schema = json.loads((folder / "schema.json").read_text())
        jsonschema.Draft7Validator.check_schema(schema)
        validator = jsonschema.Draft7Validator(schema)
        for path in sorted(folder.glob("*.toml")):
            errors = list(validator.iter_errors(tomllib.loads(path.read_text())))
            print(path.name, errors[0].message.split("\n")[0] if errors else "", sep="\t")
        """;

    // GeneratedPagesTests compares it with the code.
    private static readonly string Schema = File.ReadAllText(Path.Combine(Repository.Root, "docs/node-agent.schema.json"));

    private readonly TemporaryNode _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Schema_and_loader_agree_on_every_value_of_every_key()
    {
        var accepted = Cases(Samples.Valid);
        var refused = Cases(Samples.Invalid);
        var verdicts = await ValidateAsync([.. accepted, .. refused]);
        Assert.All(accepted.Zip(verdicts), pair => Assert.True(pair.Second is "", $"{pair.First}\nis refused: {pair.Second}"));
        Assert.All(refused.Zip(verdicts.Skip(accepted.Count)), pair => Assert.True(pair.Second is not "", $"{pair.First}\nis accepted"));
    }

    [Fact]
    public async Task Schema_refuses_unknown_keys_and_asks_for_required_ones()
    {
        var repeated = ConfigSection.All.Where(section => section.IsRepeated).Select(section => section.Name).ToList();
        List<string> files =
        [
            $"zzzzzzzz = 1\n{Configs.Cluster}",
            .. ConfigSection.All.Select(section => Samples.File(section, "zzzzzzzz = 1")),
            .. ConfigKeys.All.Where(key => key.IsRequired && repeated.Contains(key.Section)).Select(key => Samples.File(key, value: null)),
        ];
        Assert.All(await ValidateAsync(files), verdict => Assert.Matches("unexpected|required", verdict));
    }

    [Fact]
    public async Task Schema_takes_the_API_s_spelling_of_a_role() =>
        Assert.Equal([""], await ValidateAsync([Samples.File(ConfigKeys.NodeRole, "\"ManagerBackup\"")]));

    [Fact]
    public async Task Example_fits_the_schema_as_it_is_and_with_every_key_set() =>
        Assert.Equal(["", ""], await ValidateAsync([ConfigExample.Write(), Samples.WithEveryKey()]));

    [Fact]
    public async Task Config_schema_prints_the_schema_and_reads_no_configuration()
    {
        _node.Configure("this is not TOML");
        var run = await Agent.RunAsync(_node, "config", "schema");
        Assert.Equal((0, Schema, ""), (run.ExitCode, run.Output, run.Errors));
    }

    private static List<string> Cases(Func<ConfigKey, IEnumerable<string>> values) =>
        [.. ConfigKeys.All.SelectMany(key => values(key).Select(value => Samples.File(key, value)))];

    /// <returns>For each file the first complaint, empty where there is none.</returns>
    private async Task<IReadOnlyList<string>> ValidateAsync(List<string> files)
    {
        _node.Write("/schema/schema.json", Schema);
        for (var i = 0; i < files.Count; i++)
        {
            _node.Write($"/schema/{i:D4}.toml", files[i]);
        }

        string[] command = ["/usr/bin/python3", "-c", Program, _node.On("/schema")];
        var run = await ProgramRunner.RunAsync(command, TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        Assert.True(run.Succeeded, run.Output);
        var lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(files.Count, lines.Length);
        return [.. lines.Select(line => line[(line.IndexOf('\t', StringComparison.Ordinal) + 1)..])];
    }
}
