using Thpc.NodeAgent.Configuration;

namespace Thpc.NodeAgent.Tests.Configuration;

/// <summary>A blank at an end of a path is invisible, so the diagnostic quotes the path, wherever it comes from.</summary>
public sealed class BlankTests
{
    [Theory]
    [InlineData("/data ", "172.30.3.90:/", "local_path: \"/data \" ends with a blank; remove it")]
    [InlineData(" /data", "172.30.3.90:/", "local_path: \" /data\" begins with a blank; remove it")]
    [InlineData("/data /", "172.30.3.90:/", "local_path: \"/data /\" ends with a blank; remove it")]
    [InlineData("/data\u00A0", "172.30.3.90:/", "local_path: \"/data\u00A0\" ends with a blank; remove it")]
    [InlineData("/data\u3000", "172.30.3.90:/", "local_path: \"/data\u3000\" ends with a blank; remove it")]
    [InlineData("/data", "172.30.3.90:/ ", "remote_path: \"172.30.3.90:/ \" ends with a blank; remove it")]
    [InlineData("/data", " 172.30.3.90:/", "remote_path: \" 172.30.3.90:/\" begins with a blank; remove it")]
    [InlineData("/data", "172.30.3.90:/a /", "remote_path: \"172.30.3.90:/a /\" ends with a blank; remove it")]
    public void Blank_at_an_end_of_a_storage_path_is_refused(string local, string remote, string diagnostic)
    {
        Assert.EndsWith(
            $".{diagnostic}",
            Assert.Single(Configs.Diagnostics($"{Configs.Cluster}[[cfs]]\nlocal_path = \"{local}\"\nremote_path = \"{remote}\"\n")),
            StringComparison.Ordinal);
        Assert.EndsWith(
            $".{diagnostic}",
            Assert.Single(Configs.Diagnostics(
                () => Configs.LoadJson($$"""{"CFSOptions": [{"LocalPath": "{{local}}", "RemotePath": "{{remote}}"}]}"""))),
                StringComparison.Ordinal);
        var flags = new ConfigOverrides { Storage = new StorageFlags { LocalPath = local, RemotePath = remote }.ToNode() };
        Assert.EndsWith(
            $".{diagnostic}", Assert.Single(Configs.Diagnostics(() => Configs.Load(Configs.Cluster, overrides: flags))),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Blank_inside_a_path_is_accepted() =>
        Assert.Single(Configs.Load($"{Configs.Cluster}[[cfs]]\nlocal_path = \"/a b/c\"\nremote_path = \"h:/a b\"\n").Config.Storage);

    [Theory]
    [InlineData("file:///a.sh ", "\"file:///a.sh \" ends with a blank")]
    [InlineData(" cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/a.sh",
        "\" cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/a.sh\" begins with a blank")]
    [InlineData("https://example.com/a.sh?key=hidden ", " ends with a blank")]
    public void Blank_at_an_end_of_a_script_path_is_refused(string path, string words)
    {
        foreach (var diagnostic in (string[])[
            Assert.Single(Configs.Diagnostics($"{Configs.Cluster}[[init_script]]\nscript_path = \"{path}\"\n")),
            Assert.Single(
                Configs.Diagnostics(() => Configs.Load(Configs.Cluster, overrides: new ConfigOverrides { InitScripts = [path] })))])
        {
            Assert.Contains("init_script[1].script_path: ", diagnostic, StringComparison.Ordinal);
            Assert.Contains(words, diagnostic, StringComparison.Ordinal);
            Assert.DoesNotContain("hidden", diagnostic, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("[storage]\noption_file = \"/etc/thpc/storage.json \"", "storage.option_file")]
    [InlineData("[storage]\ngoosefs_home = \"/opt/goosefs \"", "storage.goosefs_home")]
    [InlineData("[fleet]\ndirectory = \"/opt/reports \"", "fleet.directory")]
    [InlineData("[metrics]\ntextfile = \" /var/lib/a.prom\"", "metrics.textfile")]
    [InlineData("[[goosefs]]\nlocal_path = \"/g\"\nremote_path = \"/a \"\nmasters = \"h:9200\"", "goosefs[1].remote_path")]
    public void Blank_at_an_end_of_any_other_path_is_refused(string toml, string key)
    {
        var diagnostic = Assert.Single(Configs.Diagnostics(Configs.Cluster + toml));
        Assert.Contains($"{key}: \"", diagnostic, StringComparison.Ordinal);
        Assert.Contains("with a blank; remove it", diagnostic, StringComparison.Ordinal);
    }
}
