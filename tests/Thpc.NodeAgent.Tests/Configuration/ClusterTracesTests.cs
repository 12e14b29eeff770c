using Thpc.NodeAgent.Configuration;

namespace Thpc.NodeAgent.Tests.Configuration;

public sealed class ClusterTracesTests
{
    [Theory]
    [InlineData("[cluster]\nid = \"hpc-a\" # which\nnode_role = \"LOGIN\"\n", "[cluster]\nnode_role = \"LOGIN\"\n", "cluster.id")]
    [InlineData("# head\n\ncluster.id = 'hpc-a'\ncluster.node_role = \"LOGIN\"\n", "# head\n\ncluster.node_role = \"LOGIN\"\n",
        "cluster.id")]
    [InlineData("[mount]\ntimeout = 9 # keep\n\n[[cfs]]\nlocal_path = \"/a\"\n# inside\nremote_path = \"1.2.3.4:/\"\n# after\n",
        "[mount]\ntimeout = 9 # keep\n# after\n", "[[cfs]]")]
    [InlineData("cfs = [\n  { local_path = \"/a\" },\n]\n[cos]\nendpoint = \"http://h:1\"\n", "[cos]\nendpoint = \"http://h:1\"\n",
        "[[cfs]]")]
    [InlineData("[\"cluster\"]\r\n'id' = \"hpc-a\"\r\n[cos]\r\nendpoint = \"http://h:1\"\r\n",
        "[\"cluster\"]\r\n[cos]\r\nendpoint = \"http://h:1\"\r\n", "cluster.id")]
    [InlineData("[[init_script]]\nscript_path = \"https://h/a?sig=secret\"\n[[goosefs]]\nx = 1\n[[goosefsx]]\nx = 1\n[storage]\n"
        + "option_file = \"/etc/thpc/o.json\"\ngoosefs_home = \"/g\"", "[storage]\ngoosefs_home = \"/g\"",
        "storage.option_file, [[init_script]], [[cfs]], [[goosefs]], [[goosefsx]]")]
    public void Parts_of_the_cluster_are_removed_and_other_lines_stay(string text, string rest, string names)
    {
        var traces = ClusterTraces.Find(text);
        Assert.Equal(rest, traces.Rest);
        Assert.All(traces.Names, name => Assert.Contains(name, names, StringComparison.Ordinal));
        Assert.Empty(ClusterTraces.Find(rest).Names);
        Assert.Equal(rest, ClusterTraces.Find(rest).Rest);
    }

    [Theory]
    [InlineData("# only\n[cluster]\nid = \"hpc-a\"\n")]
    [InlineData("[[cfs]]\nlocal_path = \"/a\"\n\n# end\n")]
    [InlineData("cluster = { id = \"hpc-a\", node_role = \"LOGIN\" }\n")]
    [InlineData("not = [ toml\nid = \"hpc-a\"\n")]
    [InlineData("\uFEFF[cluster]\nid = \"hpc-a\"\n")]
    public void File_without_other_settings_is_removed_completely(string text)
    {
        var traces = ClusterTraces.Find(text);
        Assert.NotEmpty(traces.Names);
        Assert.Null(traces.Rest);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData("[cluster]\nid = \"\"\nnode_role = \"LOGIN\"\n[storage]\noption_file = \"\"\n")]
    public void File_without_cluster_has_no_traces(string text) => Assert.Empty(ClusterTraces.Find(text).Names);

    [Theory]
    [InlineData("[cluster]\nnode_role = \"Manager\"\n", "Manager")]
    [InlineData("[cluster]\nnode_role = \"MANAGER_BACKUP\"\nbroken", "MANAGER_BACKUP")]
    [InlineData("cluster.node_role='MANAGER'\n}", "MANAGER")]
    [InlineData("[cluster]\nid = 1\n", null)]
    [InlineData("# node_role = \"MANAGER\"\n", null)]
    public void Role_is_read_from_invalid_TOML_too(string text, string? role) => Assert.Equal(role, ClusterTraces.Role(text));
}
