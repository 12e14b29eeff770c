using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Tests.Configuration;

/// <summary>Neither `config show` nor a diagnostic contains a secret.</summary>
public sealed class SecretTests
{
    [Fact]
    public void Query_of_a_presigned_script_is_masked()
    {
        var loaded = Configs.Load($"{Configs.Cluster}[[init_script]]\nscript_path = \"https://host/a/b.sh?q-ak=AKID&q-signature=s3cret\"");
        Assert.Equal("https://host/a/b.sh?…", loaded.Settings.Single(setting => setting.Key == "init_script[1].script_path").Value);
        Assert.DoesNotContain("s3cret", loaded.Config.InitScripts[0].DisplayName, StringComparison.Ordinal);
        Assert.Contains("s3cret", loaded.Config.InitScripts[0].Location.Query, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[[init_script]]\nscript_path = \"https://user:s3cret@host/x\"")]
    [InlineData("[[init_script]]\nscript_path = \"https://user:p/s3cret@host/x\"")]
    [InlineData("[[init_script]]\nscript_path = \"https://s3cret@host/x\"")]
    [InlineData("[[init_script]]\nscript_path = \"https://user:s3cret?x@host/x\"")]
    [InlineData("[[init_script]]\nscript_path = \"user:s3cret@host/x\"")]
    [InlineData("[[init_script]]\nscript_path = \"http://host/x?sign=s3cret\"")]
    [InlineData("[[init_script]]\nscript_path = \"host/x?sign=s3cret\"")]
    [InlineData("[[init_script]]\nscript_path = \"https://host/x#s3cret\"")]
    [InlineData("[[init_script]]\nscript_path = \"https://host/?s3cret\"\nscript_path = \"x\"")]
    [InlineData("[cos]\nendpoint = \"http://user:s3cret@host\"")]
    [InlineData("[cos]\nendpoint = \"http://host/?s3cret\"")]
    [InlineData("[metadata]\nendpoint = \"http://user:s3cret@host\"")]
    public void Diagnostics_contain_no_secret(string toml) =>
        Assert.DoesNotContain("s3cret", string.Join('\n', Configs.Diagnostics(Configs.Cluster + toml)), StringComparison.Ordinal);

    [Theory]
    [InlineData("https://host/x", "https://host/x")]
    [InlineData("https://host/a@b:c", "https://host/a@b:c")]
    [InlineData("https://host:8443/a@b", "https://host:8443/a@b")]
    [InlineData("https://u:p@host/x?y#z", "https://…@host/x?…")]
    [InlineData("https://u@host", "https://…@host")]
    [InlineData("https://u:p@q@host/x", "https://…@host/x")]
    public void Other_parts_of_a_URL_are_shown(string text, string shown) => Assert.Equal(shown, Url.WithoutSecrets(text));

    [Fact]
    public void Values_other_than_URLs_are_shown_unchanged()
    {
        var loaded = Configs.Load(
            $"{Configs.Cluster}[[cfs]]\nlocal_path = \"/data?x\"\nremote_path = \"172.30.2.180@tcp0:/4fe1839b/cfs\"\nprotocol = \"TURBO\"");
        Assert.Contains(new EffectiveSetting("cfs[1].local_path", "/data?x", $"{Configs.File}:5"), loaded.Settings);
        Assert.Contains(
            new EffectiveSetting("cfs[1].remote_path", "172.30.2.180@tcp0:/4fe1839b/cfs", $"{Configs.File}:6"), loaded.Settings);
    }
}
