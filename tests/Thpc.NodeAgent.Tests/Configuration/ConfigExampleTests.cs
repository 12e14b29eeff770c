using Thpc.NodeAgent.Configuration;

namespace Thpc.NodeAgent.Tests.Configuration;

public sealed class ConfigExampleTests
{
    [Fact]
    public void Example_sets_nothing_and_lacks_only_what_every_node_must_say()
    {
        var diagnostics = Configs.Diagnostics(ConfigExample.Write());
        Assert.Equal(2, diagnostics.Count);
        Assert.Contains("cluster.id: is missing", diagnostics[0], StringComparison.Ordinal);
        Assert.Contains("cluster.node_role: is missing", diagnostics[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Example_with_id_and_role_has_every_default()
    {
        var text = ConfigExample.Write()
            .Replace("#id =", "id =", StringComparison.Ordinal)
            .Replace("#node_role =", "node_role =", StringComparison.Ordinal);
        Assert.Equal(
            Configs.Load(Configs.Cluster).Settings.Select(setting => (setting.Key, setting.Value)),
            Configs.Load(text).Settings.Select(setting => (setting.Key, setting.Value)));
    }

    [Fact]
    public void Example_with_every_key_set_is_valid_and_has_every_key()
    {
        var loaded = Configs.Load(Samples.WithEveryKey());
        Assert.Single(loaded.Config.InitScripts);
        Assert.Equal(3, loaded.Config.Storage.Count);
        Assert.Equal(
            ConfigKeys.All.Select(key => $"{key.Section}.{key.Name}").Order(StringComparer.Ordinal),
            loaded.Settings.Where(setting => setting.Origin != "default")
                .Select(setting => setting.Key.Replace("[1]", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Line_has_120_characters_at_most() =>
        Assert.All(ConfigExample.Write().Split('\n'), line => Assert.InRange(line.Length, 0, 120));
}
