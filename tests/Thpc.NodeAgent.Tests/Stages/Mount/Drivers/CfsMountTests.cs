using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Stages.Mount.Drivers;
using Thpc.NodeAgent.Stages.Mount.Fstab;

namespace Thpc.NodeAgent.Tests.Stages.Mount.Drivers;

public sealed class CfsMountTests
{
    [Theory]
    [InlineData("Nfs3", "172.30.3.90", "/fsid", null,
        "172.30.3.90:/fsid /data nfs nfsvers=3,nolock,proto=tcp,hard,timeo=600,retrans=2,_netdev,noresvport,nofail,"
            + "x-systemd.mount-timeout=30,x-systemd.before=thpc-node-agent.service,x-thpc.cluster=hpc-8hje8h12 0 0\n")]
    [InlineData("Nfs4", "172.30.3.90", "/", null,
        "172.30.3.90:/ /data nfs4 vers=4,minorversion=0,hard,timeo=600,retrans=2,_netdev,noresvport,nofail,x-systemd.mount-timeout=30,"
            + "x-systemd.before=thpc-node-agent.service,x-thpc.cluster=hpc-8hje8h12 0 0\n")]
    [InlineData("Turbo", "172.30.2.180@tcp0", "/4fe1839b/cfs", null,
        "172.30.2.180@tcp0:/4fe1839b/cfs /data lustre defaults,user_xattr,_netdev,nofail,x-systemd.mount-timeout=30,"
            + "x-systemd.before=thpc-node-agent.service,x-thpc.cluster=hpc-8hje8h12 0 0\n")]
    [InlineData("Nfs3", "h", "/x", "vers=3,soft",
        "h:/x /data nfs vers=3,soft,_netdev,nofail,x-systemd.mount-timeout=30,x-systemd.before=thpc-node-agent.service,"
            + "x-thpc.cluster=hpc-8hje8h12 0 0\n")]
    [InlineData("Nfs3", "h", "/x", "soft",
        "h:/x /data nfs vers=3,soft,_netdev,nofail,x-systemd.mount-timeout=30,x-systemd.before=thpc-node-agent.service,"
            + "x-thpc.cluster=hpc-8hje8h12 0 0\n")]
    [InlineData("Nfs4", "h", "/x", "soft",
        "h:/x /data nfs4 vers=4.0,soft,_netdev,nofail,x-systemd.mount-timeout=30,x-systemd.before=thpc-node-agent.service,"
            + "x-thpc.cluster=hpc-8hje8h12 0 0\n")]
    [InlineData("Nfs4", "h", "/x", "nofail,_netdev,v4.1",
        "h:/x /data nfs4 nofail,_netdev,v4.1,x-systemd.mount-timeout=30,x-systemd.before=thpc-node-agent.service,"
            + "x-thpc.cluster=hpc-8hje8h12 0 0\n")]
    [InlineData("Nfs4", "h", "/x", "minorversion=1",
        "h:/x /data nfs4 vers=4,minorversion=1,_netdev,nofail,x-systemd.mount-timeout=30,x-systemd.before=thpc-node-agent.service,"
            + "x-thpc.cluster=hpc-8hje8h12 0 0\n")]
    [InlineData("Nfs4", "h", "/x", "v4.0,x-systemd.mount-timeout=90",
        "h:/x /data nfs4 v4.0,x-systemd.mount-timeout=90,_netdev,nofail,x-systemd.before=thpc-node-agent.service,"
            + "x-thpc.cluster=hpc-8hje8h12 0 0\n")]
    [InlineData("Nfs4", "h", "/x", "v4.0,bg,x-systemd.before=a.service",
        "h:/x /data nfs4 v4.0,bg,x-systemd.before=a.service,_netdev,nofail,x-systemd.mount-timeout=30,"
            + "x-systemd.before=thpc-node-agent.service,x-thpc.cluster=hpc-8hje8h12 0 0\n")]
    [InlineData("Nfs4", "h", "/x", "v4.0,x-systemd.before=a.service,x-systemd.before=thpc-node-agent.service,x-systemd.before=b.service",
        "h:/x /data nfs4 v4.0,x-systemd.before=a.service,x-systemd.before=thpc-node-agent.service,x-systemd.before=b.service,_netdev,"
            + "nofail,x-systemd.mount-timeout=30,x-thpc.cluster=hpc-8hje8h12 0 0\n")]
    [InlineData("Nfs4", "h", "/x", "v4.0,x-systemd.mount-timeout=,nofail",
        "h:/x /data nfs4 v4.0,x-systemd.mount-timeout=,nofail,_netdev,x-systemd.mount-timeout=30,"
            + "x-systemd.before=thpc-node-agent.service,x-thpc.cluster=hpc-8hje8h12 0 0\n")]
    [InlineData("Turbo", "h@tcp0", "/x/cfs", "flock",
        "h@tcp0:/x/cfs /data lustre flock,_netdev,nofail,x-systemd.mount-timeout=30,x-systemd.before=thpc-node-agent.service,"
            + "x-thpc.cluster=hpc-8hje8h12 0 0\n")]
    public void Fstab_line_has_Tencents_options_nofail_and_cluster_tag(
        string protocol, string server, string path, string? option, string line) =>
        Assert.Equal(line, CfsMount.ToFstabEntry(Storage(protocol, server, path, option), "hpc-8hje8h12").ToLine());

    [Theory]
    [InlineData("Nfs3", null, "vers=3,nolock,proto=tcp,noresvport,retry=0")]
    [InlineData("Nfs4", null, "vers=4.0,noresvport,retry=0")]
    [InlineData("Turbo", null, "user_xattr")]
    [InlineData("Nfs3", "nfsvers=3,soft", "nfsvers=3,soft,retry=0")]
    [InlineData("Nfs3", "soft,retry=1", "vers=3,soft,retry=1")]
    [InlineData("Nfs3", "retrans=2", "vers=3,retrans=2,retry=0")]
    [InlineData("Nfs4", "soft", "vers=4.0,soft,retry=0")]
    [InlineData("Nfs4", "bg,soft", "vers=4.0,soft,retry=0")]
    [InlineData("Nfs3", "vers=3,bg,retry=2,bg", "vers=3,retry=2")]
    [InlineData("Nfs3", "vers=3,bgx", "vers=3,bgx,retry=0")]
    [InlineData("Turbo", "flock", "flock")]
    public void Mount_options_are_Tencents_without_long_retries(string protocol, string? option, string options) =>
        Assert.Equal(options, CfsMount.MountOptions(Storage(protocol, "h", "/x", option)));

    [Theory]
    [InlineData("Nfs3", "nfs", "nfs", "mount.nfs", 2049)]
    [InlineData("Nfs4", "nfs", "nfs4", "mount.nfs", 2049)]
    [InlineData("Turbo", "lustre", "lustre", "mount.lustre", 988)]
    public void Protocol_determines_type_helper_and_port(string protocol, string type, string kernelType, string helper, int port)
    {
        var given = Enum.Parse<CfsProtocol>(protocol);
        Assert.Equal(
            (type, kernelType, helper, port),
            (CfsMount.MountType(given), CfsMount.KernelType(given), CfsMount.Helper(given), CfsMount.Port(Storage(protocol, "h", "/x"))));
    }

    [Theory]
    [InlineData("Nfs4", "port=20490", 20490)]
    [InlineData("Nfs3", "vers=3,mountport=4711,port=1,hard,port=20490", 20490)]
    [InlineData("Nfs3", "mountport=4711", 2049)]
    [InlineData("Nfs4", "port=0", 2049)]
    [InlineData("Nfs4", "port=65536", 2049)]
    [InlineData("Turbo", "port=20490", 988)]
    public void Port_option_overrides_default_port(string protocol, string option, int port) =>
        Assert.Equal(port, CfsMount.Port(Storage(protocol, "h", "/x", option)));

    [Theory]
    [InlineData("Nfs3", "/", "")]
    [InlineData("Nfs3", "/fsid", "")]
    [InlineData("Nfs3", "/fsid/a", "/fsid>a")]
    [InlineData("Nfs3", "/fsid/a/b", "/fsid>a/b /fsid/a>b")]
    [InlineData("Nfs4", "/", "")]
    [InlineData("Nfs4", "/a", "/>a")]
    [InlineData("Nfs4", "/a/b/c", "/>a/b/c /a>b/c /a/b>c")]
    [InlineData("Turbo", "/fsid/cfs/a", "")]
    public void Ancestors_are_listed_shortest_first(string protocol, string path, string expected) =>
        Assert.Equal(
            expected, string.Join(' ', CfsMount.Ancestors(Storage(protocol, "h", path)).Select(pair => $"{pair.Above}>{pair.Below}")));

    [Theory]
    [InlineData("nfs", "vers=3,nolock", "Nfs3")]
    [InlineData("nfs", "nfsvers=3", "Nfs3")]
    [InlineData("nfs", "vers=4.0", "Nfs4")]
    [InlineData("nfs", "vers=4,minorversion=0", "Nfs4")]
    [InlineData("nfs4", "defaults", "Nfs4")]
    [InlineData("nfs4", "vers=4,minorversion=0,hard", "Nfs4")]
    [InlineData("auto", "vers=3", "Nfs3")]
    [InlineData("lustre", "defaults,_netdev", "Turbo")]
    [InlineData("nfs", "defaults", null)]
    [InlineData("nfs", "vers=4.2", null)]
    [InlineData("nfs4", "vers=4.1", null)]
    [InlineData("ext4", "defaults", null)]
    public void Type_and_version_determine_protocol(string type, string options, string? protocol) =>
        Assert.Equal(protocol, CfsMount.ProtocolOf(type, options)?.ToString());

    [Theory]
    [InlineData("Nfs3", "172.30.3.90", "/fsid", null)]
    [InlineData("Nfs4", "172.30.3.90", "/", null)]
    [InlineData("Nfs4", "[fe80::1]", "/a b", "nfsvers=4.1,nofail,x-systemd.automount,hard")]
    [InlineData("Turbo", "172.30.2.180@tcp0:172.30.2.181@tcp0", "/4fe1839b/cfs", null)]
    [InlineData("Turbo", "172.30.2.180@tcp0", "/4fe1839b/cfs", "flock,ro")]
    public void Storage_read_from_line_gives_same_line(string protocol, string server, string path, string? option)
    {
        var line = CfsMount.ToFstabEntry(Storage(protocol, server, path, option), "hpc-8hje8h12", "0123456789ab");
        var storage = CfsMount.FromFstab(line)!;
        Assert.Equal((server, path, Enum.Parse<CfsProtocol>(protocol)), (storage.Server, storage.RemotePath, storage.Protocol));
        Assert.Equal(line, CfsMount.ToFstabEntry(storage, "hpc-8hje8h12", "0123456789ab"));
    }

    [Fact]
    public void Line_of_other_type_gives_no_storage() =>
        Assert.Null(CfsMount.FromFstab(new FstabEntry("/dev/vdb", "/data", "ext4", "rw,x-thpc.cluster=hpc-8hje8h12")));

    [Fact]
    public void Line_contains_machine_fingerprint() =>
        Assert.EndsWith(
            ",x-thpc.cluster=hpc-8hje8h12,x-thpc.machine=0123456789ab",
            CfsMount.ToFstabEntry(Storage("Nfs4", "h", "/"), "hpc-8hje8h12", "0123456789ab").Options, StringComparison.Ordinal);

    private static CfsStorage Storage(string protocol, string server, string path, string? option = null) =>
        new("/data", server, path, Enum.Parse<CfsProtocol>(protocol), option);
}
