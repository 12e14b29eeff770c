using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Stages.Image;

namespace Thpc.NodeAgent.Tests.Stages.Image;

public sealed class FstabClassifierTests
{
    [Theory]
    [InlineData("10.0.0.1:/ /data nfs rw 0 0\n")]
    [InlineData("  10.0.0.1:/\t/data\tnfs4\n")]
    [InlineData("10.0.0.1@tcp0:/1/cfs /t lustre user_xattr,_netdev 0 0\r\n")]
    [InlineData("goosefs /g fuse.goosefs-fuse rw 0 0")]
    [InlineData("172.30.3.90:/ /data auto defaults 0 0")]
    [InlineData("x /goosefsx/x_c60_proxy fuse rw 0 0\n")]
    [InlineData("/dev/vdb /mine ext4 defaults,x-thpc.cluster=hpc-a 0 0\n")]
    [InlineData("10.0.0.1:/ /bad nfs rw no number\n")]
    [InlineData("10.0.0.1:/ /ours nfs rw,comment=cloudconfig,x-thpc.cluster=hpc-a\n")]
    public void Cluster_storage_is_recognised(string line) => Assert.Equal("shared", Kind(line));

    [Theory]
    [InlineData("//10.0.0.6/share /smb cifs credentials=/root/.smb,_netdev 0 0")]
    [InlineData("10.0.0.5:6789:/ /ceph ceph name=admin,secretfile=/etc/ceph/secret,_netdev 0 0")]
    [InlineData("cosfs#mybucket-1250000000 /cosfs fuse _netdev,allow_other 0 0")]
    public void Other_network_mounts_are_recognised(string line) => Assert.Equal("network", Kind(line));

    [Theory]
    [InlineData("172.30.3.90:/ /data nfs4 defaults,nofail,comment=cloudconfig 0 2")]
    [InlineData("//h/s /data cifs comment=cloudconfig")]
    public void Network_mounts_of_cloud_init_are_recognised(string line) => Assert.Equal("cloud-init", Kind(line));

    [Theory]
    [InlineData("/dev/vdb1 /data ext4 defaults 0 2\n", "disk /dev/vdb1 on /data: a node without that disk does not boot")]
    [InlineData("UUID=1 /home xfs defaults 0 2\n", "disk UUID=1 on /home: a node without that disk does not boot")]
    [InlineData("LABEL=x /bootleg xfs nofail 0 2\n", "disk LABEL=x on /bootleg: a node without that disk boots without it (nofail)")]
    [InlineData("/dev/vdb /d xfs noauto,nofail", "disk /dev/vdb on /d: not mounted at boot (noauto)")]
    [InlineData(
        "/dev/vdb /d xfs noauto,x-systemd.automount",
        "disk /dev/vdb on /d: on a node without that disk, access to the mount point waits and fails")]
    [InlineData("/dev/vdd1 none swap sw 0 0", "swap /dev/vdd1: a node without that disk waits 90 s for it at boot")]
    [InlineData("/dev/vdd1 none swap sw,nofail 0 0", "swap /dev/vdd1: a node without that disk boots without it (nofail)")]
    public void Data_disk_description_covers_boot_without_disk(string line, string words)
    {
        Assert.Equal("disk", Kind(line));
        Assert.Equal(words, FstabClassifier.DataDisk(BootMountEntry.Parse(line)!, Owners(line)));
    }

    [Theory]
    [InlineData("# 10.0.0.1:/ /data nfs rw 0 0\n")]
    [InlineData("\n")]
    [InlineData("nfs\n")]
    [InlineData("UUID=1 / ext4 defaults 0 1\n")]
    [InlineData("UUID=1 /boot/efi/ vfat defaults 0 1\n")]
    [InlineData("/dev/sr0 /media/cdrom0 udf,iso9660 user,noauto 0 0\n")]
    [InlineData("tmpfs /scratch tmpfs size=1g 0 0\n")]
    [InlineData("/srv/a /b none bind 0 0\n")]
    [InlineData("/dev/vdb none swap sw,comment=cloudconfig 0 0")]
    public void Other_lines_are_kept(string line) => Assert.Null(Kind(line));

    private static string? Kind(string line)
    {
        if (BootMountEntry.Parse(line) is not { } parsed)
        {
            return null;
        }

        List<string> kinds = [];
        kinds.AddRange(FstabClassifier.Shared(parsed) is null ? [] : ["shared"]);
        kinds.AddRange(FstabClassifier.Network(parsed) is null ? [] : ["network"]);
        kinds.AddRange(FstabClassifier.CloudInitMount(parsed) is null ? [] : ["cloud-init"]);
        kinds.AddRange(FstabClassifier.DataDisk(parsed, Owners(line)) is null ? [] : ["disk"]);
        return kinds.Count == 0 ? null : Assert.Single(kinds);
    }

    private static DiskOwners Owners(string line) =>
        new([BootMountEntry.Parse("UUID=0-0 / ext4 rw"), BootMountEntry.Parse(line)], _ => [], []);
}
