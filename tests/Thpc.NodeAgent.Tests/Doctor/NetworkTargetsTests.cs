using Thpc.NodeAgent.Doctor;

namespace Thpc.NodeAgent.Tests.Doctor;

public sealed class NetworkTargetsTests
{
    private const string Cos = "demo-1250000000.cos.ap-guangzhou.myqcloud.com";
    private const string Metadata = "metadata.tencentyun.com:80 metadata: instance ID";

    [Theory]
    [InlineData("", Metadata)]
    [InlineData("[metadata]\nendpoint = \"\"")]
    [InlineData(
        $"[[init_script]]\nscript_path = \"cos://{Cos}/a.sh\"\n[[init_script]]\nscript_path = \"cos://{Cos}/b.sh\"",
        $"{Metadata}, credentials of the CAM role", $"{Cos}:443 init script 1; init script 2")]
    [InlineData(
        $"[cos]\ncredentials = \"file\"\n[[init_script]]\nscript_path = \"cos://{Cos}/a.sh\"\nroles = [\"LOGIN\"]\n"
            + $"[[init_script]]\nscript_path = \"cos://{Cos}/b.sh\"\n[[init_script]]\nscript_path = \"file:///c.sh\"",
        Metadata, $"{Cos}:443 init script 2")]
    [InlineData(
        $"[cos]\nendpoint = \"http://10.0.0.1:9000\"\n[[init_script]]\nscript_path = \"cos://{Cos}/a.sh\"",
        $"{Metadata}, credentials of the CAM role", $"10.0.0.1:9000 init script 1, by cos.endpoint in place of {Cos}")]
    [InlineData(
        "[script]\nallowed_signers = \"/etc/thpc/signers\"\n[[init_script]]\nscript_path = \"https://example.com:8443/a.sh\"",
        Metadata, "example.com:8443 init script 1 and its signature")]
    [InlineData(
        "[[cfs]]\nlocal_path = \"/opt\"\nremote_path = \"172.30.3.90:/\"",
        Metadata, "172.30.3.90:2049 NFS 3.0: mount /opt",
        "172.30.3.90:111 NFS 3.0: mount /opt (rpcbind names the port of the mount service)")]
    [InlineData(
        "[[cfs]]\nlocal_path = \"/opt\"\nremote_path = \"172.30.3.90:/\"\nmount_option = \"port=2050,mountport=892\"",
        Metadata, "172.30.3.90:2050 NFS 3.0: mount /opt", "172.30.3.90:892 NFS 3.0: mount /opt (mount service)")]
    [InlineData(
        "[[cfs]]\nlocal_path = \"/opt\"\nremote_path = \"172.30.3.90:/a\"\nprotocol = \"NFS 4.0\"\n"
            + "[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"172.30.3.90:/b\"\nprotocol = \"NFS 4.0\"",
        Metadata, "172.30.3.90:2049 NFS 4.0: mount /opt; NFS 4.0: mount /data")]
    [InlineData(
        "[[cfs]]\nlocal_path = \"/t\"\nremote_path = \"172.30.2.180@tcp0:172.30.2.181@tcp0:/4fe1839b/cfs\"\nprotocol = \"TURBO\"",
        Metadata, "172.30.2.180:988 Lustre: mount /t", "172.30.2.181:988 Lustre: mount /t")]
    [InlineData(
        "[[goosefs]]\nlocal_path = \"/g\"\nmasters = [\"172.16.0.97:9200\", \"[fe80::1]:9200\"]\n"
            + "[[goosefsx]]\nlocal_path = \"/goosefsx/x_proxy\"\nmasters = [\"172.16.0.6:55533\"]",
        Metadata, "172.16.0.97:9200 GooseFS master: mount /g", "fe80::1:9200 GooseFS master: mount /g",
        "172.16.0.6:55533 GooseFSx master: mount /goosefsx/x_proxy")]
    public void Every_host_and_port_is_named_once(string toml, params string[] expected) =>
        Assert.Equal(
            expected,
            NetworkTargets.Of(Configs.Load(Configs.Cluster + toml).Config).Targets
                .Select(target => $"{target.Host}:{target.Port} {target.Purpose}"));

    [Theory]
    [InlineData("[metadata]\nendpoint = \"\"", "package manager")]
    [InlineData("", "DNS", "package manager")]
    [InlineData("[[cfs]]\nlocal_path = \"/opt\"\nremote_path = \"172.30.3.90:/\"", "DNS", "rpcbind", "package manager")]
    [InlineData("[[goosefs]]\nlocal_path = \"/g\"\nmasters = [\"172.16.0.97:9200\"]", "DNS", "workers", "package manager")]
    public void Notes_name_what_the_configuration_does_not(string toml, params string[] expected)
    {
        var notes = NetworkTargets.Of(Configs.Load(Configs.Cluster + toml).Config).Notes;
        Assert.Equal(expected.Length, notes.Count);
        Assert.All(expected.Zip(notes), pair => Assert.Contains(pair.First, pair.Second, StringComparison.Ordinal));
    }
}
