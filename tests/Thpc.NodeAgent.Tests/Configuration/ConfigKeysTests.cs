using Thpc.NodeAgent.Configuration;

namespace Thpc.NodeAgent.Tests.Configuration;

/// <summary>The table of keys and the readers agree: each key of the table is read, and no other.</summary>
public sealed class ConfigKeysTests
{
    public static TheoryData<string, string> Valid => Cases(Samples.Valid);

    public static TheoryData<string, string> Invalid => Cases(Samples.Invalid);

    public static TheoryData<string> Required => [.. ConfigKeys.All.Where(key => key.IsRequired).Select(NameOf)];

    public static TheoryData<string> Optional => [.. ConfigKeys.All.Where(key => !key.IsRequired).Select(NameOf)];

    public static TheoryData<string> Sections => [.. ConfigSection.All.Select(section => section.Name)];

    [Theory]
    [MemberData(nameof(Valid))]
    public void Loader_accepts_value_and_names_its_file(string name, string value)
    {
        var key = Find(name);
        var setting = Configs.Load(Samples.File(key, value)).Settings.Single(setting => setting.Key == PathOf(key));
        Assert.StartsWith(Configs.File, setting.Origin, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Invalid))]
    public void Loader_refuses_value_and_names_key(string name, string value)
    {
        var key = Find(name);
        Assert.All(Configs.Diagnostics(Samples.File(key, value)), diagnostic =>
        {
            Assert.Contains($"{PathOf(key)}: ", diagnostic, StringComparison.Ordinal);
            Assert.DoesNotContain("is not a known key", diagnostic, StringComparison.Ordinal);
        });
    }

    [Theory]
    [MemberData(nameof(Required))]
    public void Loader_asks_for_required_key(string name)
    {
        var key = Find(name);
        var diagnostic = Assert.Single(Configs.Diagnostics(Samples.File(key, value: null)));
        Assert.Contains($"{PathOf(key)}: is missing; ", diagnostic, StringComparison.Ordinal);
        Assert.Contains($"\"{key.Example}\"", diagnostic, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Optional))]
    public void Loader_uses_default_of_absent_key(string name)
    {
        var key = Find(name);
        var setting = Configs.Load(Samples.File(key, value: null)).Settings.SingleOrDefault(setting => setting.Key == PathOf(key));
        var expected = key.Type switch
        {
            ConfigKeyType.Integer => $"{key.Number}",
            ConfigKeyType.Text or ConfigKeyType.Boolean => key.Default,
            _ => null,
        };
        Assert.Equal((expected, expected is null ? null : "default"), (setting?.Value, setting?.Origin));
    }

    [Theory]
    [MemberData(nameof(Sections))]
    public void Reader_knows_keys_of_table_and_no_others(string name)
    {
        var section = ConfigSection.All.Single(section => section.Name == name);
        var diagnostic = Assert.Single(Configs.Diagnostics(Samples.File(section, "zzzzzzzz = 1")));
        var known = diagnostic[(diagnostic.IndexOf("known keys: ", StringComparison.Ordinal) + "known keys: ".Length)..];
        Assert.Equal(section.Keys.Select(key => key.Name).Order(StringComparer.Ordinal), known.Split(", "));
    }

    [Fact]
    public void Reader_knows_sections_of_table_and_no_others()
    {
        var diagnostic = Assert.Single(Configs.Diagnostics($"zzzzzzzz = 1\n{Configs.Cluster}"));
        Assert.EndsWith(
            $"known keys: {string.Join(", ", ConfigSection.All.Select(section => section.Name).Order(StringComparer.Ordinal))}",
            diagnostic,
            StringComparison.Ordinal);
        Assert.Equal(
            ConfigKeys.All.Select(key => key.Section).Distinct(),
            ConfigSection.All.Select(section => section.Name));
    }

    [Fact]
    public void All_has_every_key_of_the_class_once() => Assert.Equal(
        typeof(ConfigKeys).GetFields().Where(field => field.FieldType == typeof(ConfigKey))
            .Select(field => NameOf((ConfigKey)field.GetValue(null)!)).Order(StringComparer.Ordinal),
        ConfigKeys.All.Select(NameOf).Order(StringComparer.Ordinal));

    [Fact]
    public void Sentence_has_25_words_at_most() =>
        Assert.All(ConfigKeys.All, key => Assert.InRange(key.Meaning.English.Split(' ').Length, 2, 25));

    private static TheoryData<string, string> Cases(Func<ConfigKey, IEnumerable<string>> values) =>
        [.. ConfigKeys.All.SelectMany(key => values(key).Select(value => (NameOf(key), value)))];

    private static string NameOf(ConfigKey key) => $"{key.Section}.{key.Name}";

    private static ConfigKey Find(string name) => ConfigKeys.All.Single(key => NameOf(key) == name);

    /// <summary>As messages name it; of a repeated section it is the first one.</summary>
    private static string PathOf(ConfigKey key) =>
        ConfigSection.All.Single(section => section.Name == key.Section).IsRepeated ? $"{key.Section}[1].{key.Name}" : NameOf(key);
}
