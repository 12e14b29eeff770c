using Thpc.NodeAgent.Configuration;

namespace Thpc.NodeAgent.Tests.Configuration;

public sealed class StorageTests
{
    [Theory]
    [InlineData("/")]
    [InlineData("//")]
    [InlineData("data")]
    [InlineData("./data")]
    [InlineData("-o")]
    [InlineData("/data//x")]
    [InlineData("/data/./x")]
    [InlineData("/data/..")]
    [InlineData("/data/../etc")]
    [InlineData("/etc")]
    [InlineData("/etc/thpc")]
    [InlineData("/usr")]
    [InlineData("/usr/bin")]
    [InlineData("/usr/lib/x")]
    [InlineData("/usr/share")]
    [InlineData("/bin")]
    [InlineData("/bin/x")]
    [InlineData("/sbin")]
    [InlineData("/lib")]
    [InlineData("/lib/modules")]
    [InlineData("/lib32")]
    [InlineData("/lib64")]
    [InlineData("/libx32")]
    [InlineData("/libexec")]
    [InlineData("/boot")]
    [InlineData("/boot/efi")]
    [InlineData("/dev")]
    [InlineData("/dev/shm")]
    [InlineData("/proc")]
    [InlineData("/proc/self")]
    [InlineData("/sys")]
    [InlineData("/sys/fs")]
    [InlineData("/run")]
    [InlineData("/run/thpc-node-agent")]
    [InlineData("/var")]
    [InlineData("/var/lib")]
    [InlineData("/var/lib/thpc-node-agent")]
    [InlineData("/var/log/thpc-node-agent")]
    [InlineData("/var/tmp")]
    [InlineData("/root")]
    [InlineData("/root/.ssh")]
    public void System_directory_is_refused(string path) =>
        Assert.StartsWith(
            $"{Configs.File}:5: cfs[1].local_path: ", Assert.Single(Configs.Diagnostics(Cfs(path))), StringComparison.Ordinal);

    [Theory]
    [InlineData("/opt", "/opt")]
    [InlineData("/opt/", "/opt")]
    [InlineData("/data///", "/data")]
    [InlineData("/home", "/home")]
    [InlineData("/home/user", "/home/user")]
    [InlineData("/usr/local", "/usr/local")]
    [InlineData("/usr/local/bin", "/usr/local/bin")]
    [InlineData("/var/data", "/var/data")]
    [InlineData("/root/data", "/root/data")]
    [InlineData("/mnt/...", "/mnt/...")]
    [InlineData("/etcetera", "/etcetera")]
    [InlineData("/data/a b", "/data/a b")]
    [InlineData("/数据", "/数据")]
    public void Other_directory_is_accepted_without_its_trailing_slash(string path, string normal) =>
        Assert.Equal(normal, Assert.Single(Configs.Load(Cfs(path)).Config.Storage).LocalPath);

    [Fact]
    public void GooseFSx_mounts_at_its_proxy_directory() =>
        Assert.Equal(
            ["/goosefsx/x-c60-fc9373xp_proxy"],
            Configs.Load(
                $"{Configs.Cluster}[[goosefsx]]\nlocal_path = \"/goosefsx/x-c60-fc9373xp_proxy/\"\nmasters = [\"172.16.0.6:55533\"]")
                .Config.Storage.Select(storage => storage.LocalPath));

    [Fact]
    public void A_second_GooseFSx_is_refused() =>
        Assert.Equal(
            [$"{Configs.File}:8: goosefsx[2].local_path: is the second GooseFSx; a cluster has at most one"],
            Configs.Diagnostics(
                $"{Configs.Cluster}[[goosefsx]]\nlocal_path = \"/goosefsx/a_proxy\"\nmasters = \"h:55533\"\n[[goosefsx]]\nlocal_path = "
                    + $"\"/goosefsx/b_proxy\"\nmasters = \"h:55533\""));

    [Theory]
    [InlineData("[\"172.16.0.97:9200\", \"172.16.0.98:9200\"]", "172.16.0.97:9200 172.16.0.98:9200")]
    [InlineData("\"172.16.0.97:9200, 172.16.0.98:9200\"", "172.16.0.97:9200 172.16.0.98:9200")]
    [InlineData("\"master.local:9200\"", "master.local:9200")]
    [InlineData("[\"[fe80::1]:9200\"]", "[fe80::1]:9200")]
    public void Masters_are_a_list_or_one_comma_separated_string(string masters, string expected) =>
        Assert.Equal(
            expected.Split(' '), Assert.IsType<GooseFsStorage>(Assert.Single(Configs.Load(GooseFs(masters)).Config.Storage)).Masters);

    [Theory]
    [InlineData("[]", "is missing")]
    [InlineData("\"\"", "is missing")]
    [InlineData("\" , \"", "is missing")]
    [InlineData("[\"172.16.0.97\"]", "is not a master; write HOST:PORT")]
    [InlineData("[\"h:0\"]", "is not a master; write HOST:PORT")]
    [InlineData("[\"h:65536\"]", "is not a master; write HOST:PORT")]
    [InlineData("[\"-h:9200\"]", "is not a master; write HOST:PORT")]
    [InlineData("[9200]", "expected a list of strings")]
    public void Invalid_masters_give_one_diagnostic(string masters, string words) =>
        Assert.Contains(words, Assert.Single(Configs.Diagnostics(GooseFs(masters))), StringComparison.Ordinal);

    [Theory]
    [InlineData("172.30.3.90:/", "NFS 3.0", "172.30.3.90", "/")]
    [InlineData("172.30.3.90://", "NFS 3.0", "172.30.3.90", "/")]
    [InlineData("172.30.2.143:/qxt67552/sub/", "nfs 4.0", "172.30.2.143", "/qxt67552/sub")]
    [InlineData("[fe80::1]:/x", "NFS 4.0", "[fe80::1]", "/x")]
    [InlineData("cfs.example.com:/a b", "NFS 4.0", "cfs.example.com", "/a b")]
    [InlineData("172.30.2.180@tcp0:/4fe1839b/cfs", "TURBO", "172.30.2.180@tcp0", "/4fe1839b/cfs")]
    [InlineData("172.30.2.180@tcp0:172.30.2.181@tcp0:/4fe1839b/cfs", "turbo", "172.30.2.180@tcp0:172.30.2.181@tcp0", "/4fe1839b/cfs")]
    public void A_mount_target_is_a_server_and_a_path(string remote, string protocol, string server, string path)
    {
        var storage =
            Assert.IsType<CfsStorage>(Assert.Single(Configs.Load($"{Cfs("/data", remote)}protocol = \"{protocol}\"").Config.Storage));
        Assert.Equal((server, path), (storage.Server, storage.RemotePath));
    }

    [Theory]
    [InlineData("/data")]
    [InlineData("172.30.3.90:")]
    [InlineData("172.30.3.90:data")]
    [InlineData("-o:/data")]
    [InlineData("a,b:/data")]
    [InlineData("172.30.3.90:/a/../b")]
    [InlineData("172.30.3.90:/a//b")]
    [InlineData("172.30.3.90:/a\\nb")]
    [InlineData("172.30.2.180@tcp0:/4fe1839b/cfs")]
    [InlineData("")]
    public void Invalid_NFS_target_is_refused(string remote) =>
        Assert.StartsWith(
            $"{Configs.File}:6: cfs[1].remote_path: ", Assert.Single(Configs.Diagnostics(Cfs("/data", remote))), StringComparison.Ordinal);

    [Theory]
    [InlineData("h@tcp0:/4fe1839b/cfs/sub")]
    [InlineData("h@tcp0:/4fe1839b")]
    [InlineData("h@tcp0:/")]
    public void Turbo_directory_below_cfs_is_refused(string source) =>
        Assert.Contains(
            "directories below cfs cannot be mounted",
            Assert.Single(Configs.Diagnostics(Cfs("/data", source) + "protocol = \"TURBO\"")),
            StringComparison.Ordinal);

    [Fact]
    public void NFS_address_is_refused_for_Turbo() =>
        Assert.Contains(
            "does not match protocol",
            Assert.Single(Configs.Diagnostics(Cfs("/data") + "protocol = \"TURBO\"")),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("x-thpc.cluster=hpc-00000000", "reserved for the agent")]
    [InlineData("hard,X-THPC.cluster=hpc-00000000", "reserved for the agent")]
    [InlineData("x-thpc.keep", "reserved for the agent")]
    [InlineData("hard,fail", "\"fail\" is a systemd option that mount refuses")]
    [InlineData("a b", "is not a list of mount options")]
    [InlineData("-o", "is not a list of mount options")]
    [InlineData("a,-b", "is not a list of mount options")]
    [InlineData("a\\tb", "is not a list of mount options")]
    [InlineData("a\\\\054b", "is not a list of mount options")]
    [InlineData("vers=4.0", "\"vers=4.0\" does not match protocol")]
    [InlineData("hard,nfsvers=4", "\"nfsvers=4\" does not match protocol")]
    public void Unsafe_or_contradictory_mount_option_is_refused(string option, string words) =>
        Assert.Contains(words, Assert.Single(Configs.Diagnostics($"{Cfs("/data")}mount_option = \"{option}\"")), StringComparison.Ordinal);

    private static string Cfs(string local, string remote = "172.30.3.90:/") =>
        $"{Configs.Cluster}[[cfs]]\nlocal_path = \"{local}\"\nremote_path = \"{remote}\"\n";

    private static string GooseFs(string masters) => $"{Configs.Cluster}[[goosefs]]\nlocal_path = \"/goosefs\"\nmasters = {masters}\n";
}
