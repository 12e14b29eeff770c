using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Stages.Image;

namespace Thpc.NodeAgent.Tests.Stages.Image;

/// <summary>Classifies disks by names, as for an unpacked image, and by resolved devices, as on a running machine.</summary>
public sealed class DiskOwnersTests
{
    [Theory]
    [InlineData("/dev/vda1", "disk:vda")]
    [InlineData("/dev/vda", "disk:vda")]
    [InlineData("/dev/sdab12", "disk:sdab")]
    [InlineData("/dev/sda", "disk:sda")]
    [InlineData("/dev/nvme0n1p2", "disk:nvme0n1")]
    [InlineData("/dev/nvme10n1", "disk:nvme10n1")]
    [InlineData("/dev/mmcblk0p1", "disk:mmcblk0")]
    [InlineData("/dev/md127", "disk:md127")]
    [InlineData("/dev/md0p1", "disk:md0")]
    [InlineData("/dev/md/home", "disk:md/home")]
    [InlineData("/dev/mapper/vg_datos-lv_docker", "lvm:vg_datos")]
    [InlineData("/dev/mapper/my--vg-root", "lvm:my-vg")]
    [InlineData("/dev/my-vg/home", "lvm:my-vg")]
    [InlineData("/dev/mapper/mpatha-part1", "lvm:mpatha")]
    [InlineData("/dev/disk/by-id/virtio-x-part3", "disk:disk/by-id/virtio-x")]
    [InlineData("/dev/disk/by-uuid/AAAA-BBBB", "tag:uuid=aaaa-bbbb")]
    [InlineData("UUID=\"aaaa-BBBB\"", "tag:uuid=aaaa-bbbb")]
    [InlineData("LABEL=Data", "tag:label=Data")]
    [InlineData("/dev/zvol/tank/swap", "zfs:tank")]
    public void Device_name_determines_disk_group(string source, string group) => Assert.Equal(group, DiskNames.Group(source, "ext4"));

    [Theory]
    [InlineData("UUID=1 /", "/dev/vda3 /home", true)] // the first disk, if no line names another
    [InlineData("UUID=1 /", "/dev/nvme0n1p3 /home", true)]
    [InlineData("UUID=1 /", "/dev/vda /data", false)] // whole, so `/` is no part of it
    [InlineData("UUID=1 /", "/dev/vdb1 /home", false)]
    [InlineData("UUID=1 /", "/dev/vdb /var", false)]
    [InlineData("UUID=1 /", "/dev/vdg /tmp", false)]
    [InlineData("UUID=1 /", "UUID=2 /home", false)]
    [InlineData("UUID=1 /", "UUID=2 /boot/efi", true)]
    [InlineData("UUID=1 /", "UUID=2 /efi", true)]
    [InlineData("UUID=1 /", "UUID=2 /var", true)]
    [InlineData("UUID=1 /", "UUID=2 /var/lib/docker", false)]
    [InlineData("UUID=aa /", "/dev/disk/by-uuid/AA /home", true)]
    [InlineData("/dev/vdb1 /", "/dev/vda1 /data", false)]
    [InlineData("/dev/vdb1 /", "/dev/vdb2 /data", true)]
    [InlineData("/dev/sda1 /", "/dev/sdab1 /data", false)]
    [InlineData("/dev/nvme0n1p1 /", "/dev/nvme1n1p1 /data", false)]
    [InlineData("/dev/mapper/rl-root /", "/dev/rl/home /home", true)]
    [InlineData("/dev/mapper/rl-root /", "/dev/mapper/rl2-home /home", false)]
    [InlineData("/dev/mapper/rl-root /", "/dev/vda2 none", true)]
    [InlineData("/dev/vda1 /", "tank/scratch /scratch zfs", false)]
    [InlineData("rpool/ROOT / zfs", "rpool/home /home zfs", true)]
    [InlineData("rpool/ROOT / zfs", "tank/home /home zfs", false)]
    [InlineData("/dev/sdc1 / btrfs", "/dev/sdc1 /home btrfs", true)]
    [InlineData("/dev/sdc1 / btrfs", "/dev/sdc2 /data btrfs", false)] // a btrfs of its own
    [InlineData("/dev/sdc1 / btrfs", "/dev/sdc3 none swap", true)]
    [InlineData("UUID=1 /", "/dev/root /x", true)]
    public void Unpacked_image_uses_device_names(string root, string line, bool isSystems) =>
        Assert.Equal(!isSystems, Owners([root, line], _ => [], []).IsDataDisk(Parse(line)));

    [Fact]
    public void Boot_disk_counts_if_root_names_no_disk()
    {
        string[] lines = ["UUID=1 /", "/dev/sdb1 /boot", "/dev/sdb3 /home", "/dev/sda3 /data"];
        var owners = Owners(lines, _ => [], []);
        Assert.Equal([false, false, false, true], lines.Select(line => owners.IsDataDisk(Parse(line))));
    }

    [Theory]
    [InlineData("UUID=2 /home", "vda", true)]
    [InlineData("UUID=2 /home", "vdb", false)]
    [InlineData("/dev/vda3 /home", "vdb", false)] // was called so before; the machine knows better
    [InlineData("/dev/mapper/x-y /home", "vdb vda", true)]
    [InlineData("LABEL=gone /home", "", false)]
    [InlineData("UUID=2 /boot", "vdb", true)]
    public void Running_machine_uses_resolved_disks(string line, string disks, bool isSystems) => Assert.Equal(
        !isSystems,
        Owners(["UUID=1 /", line], source => source == "UUID=1" ? ["vda"] : disks.Split(' ', StringSplitOptions.RemoveEmptyEntries), [])
            .IsDataDisk(Parse(line)));

    [Theory]
    [InlineData("/dev/zram0 none swap")]
    [InlineData("/dev/cdrom /m auto")]
    [InlineData("/dev/loop0 /m ext4")]
    [InlineData("/dev/sr0 /m iso9660")]
    [InlineData("/dev/fd0 /m vfat")]
    [InlineData("/dev/gpfs0 /m gpfs")]
    [InlineData("/dev/vdb /m ext4 comment=cloudconfig")]
    [InlineData("/dev/shm /m none bind")]
    [InlineData("tmpfs /m tmpfs")]
    public void Other_devices_are_not_disks(string line) => Assert.False(Owners(["UUID=1 /", line], _ => [], []).IsDataDisk(Parse(line)));

    private static DiskOwners Owners(string[] lines, Func<string, IReadOnlyList<string>> disks, IReadOnlyList<string> root) =>
        new([.. lines.Select(Parse)], disks, root);

    private static BootMountEntry Parse(string line) => BootMountEntry.Parse(line.Count(c => c == ' ') == 1 ? line + " ext4" : line)!;
}
