using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Tests.Host.Files;

public sealed class BlockDevicesTests : IDisposable
{
    private readonly TemporaryNode _node = new();

    /// <summary>The layout of kernel and udev for vda with two partitions, and a logical volume on vda2 and vdb.</summary>
    public BlockDevicesTests()
    {
        foreach (var directory in (string[])["vda", "vda/vda1", "vda/vda2", "vdb"])
        {
            var name = directory.Split('/')[^1];
            Directory.CreateDirectory(_node.On($"/sys/devices/virtio/block/{directory}"));
            _node.Link($"/sys/class/block/{name}", $"../../devices/virtio/block/{directory}");
            _node.Write($"/dev/{name}", "");
            if (name != directory)
            {
                _node.Write($"/sys/devices/virtio/block/{directory}/partition", "1\n");
            }
        }

        _node.Link("/sys/class/block/dm-0", "../../devices/virtual/block/dm-0");
        foreach (var slave in (string[])["vda/vda2", "vdb"])
        {
            _node.Link($"/sys/devices/virtual/block/dm-0/slaves/{slave.Split('/')[^1]}", $"../../../../virtio/block/{slave}");
        }

        _node.Link("/sys/dev/block/252:1", "../../devices/virtio/block/vda/vda1");
        _node.Write("/dev/dm-0", "");
        _node.Link("/dev/mapper/vg-lv", "../dm-0");
        _node.Link("/dev/vg/lv", "../dm-0");
        _node.Link("/dev/disk/by-uuid/11-22", "../../vda1");
        _node.Link("/dev/disk/by-partuuid/33", "../../vdb");
        _node.Link("/dev/disk/by-label/my\\x20data\\x2f1", "../../vdb");
    }

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData("/dev/vda", "vda")]
    [InlineData("/dev/vda1", "vda")]
    [InlineData("UUID=11-22", "vda")]
    [InlineData("UUID=\"11-22\"", "vda")]
    [InlineData("/dev/disk/by-uuid/11-22", "vda")]
    [InlineData("PARTUUID=33", "vdb")]
    [InlineData("LABEL=my data/1", "vdb")]
    [InlineData("/dev/mapper/vg-lv", "vda vdb")]
    [InlineData("/dev/vg/lv", "vda vdb")]
    [InlineData("UUID=44", "")]
    [InlineData("UUID=../../vda1", "")]
    [InlineData("/dev/vdz", "")]
    [InlineData("10.0.0.1:/", "")]
    [InlineData("tank/home", "")]
    public void Sources_of_fstab_lie_on_disks(string source, string disks) =>
        Assert.Equal(disks, string.Join(' ', new BlockDevices(_node.Root).DisksOf(source).Order(StringComparer.Ordinal)));

    [Theory]
    [InlineData("1 0 252:1 / / rw - ext4 /dev/root rw", "vda")]
    [InlineData("1 0 0:30 /root / rw - btrfs /dev/vdb rw", "vdb")]
    [InlineData("1 0 0:30 / / rw - overlay overlay rw", "")]
    [InlineData("", "")]
    public void Root_lies_on_disks(string table, string disks) =>
        Assert.Equal(disks, string.Join(' ', new BlockDevices(_node.Root).DisksOfRoot(MountTree.Parse(table))));

    /// <summary>lsblk(8) is the oracle, for the disks of this machine.</summary>
    [Fact]
    public async Task Disks_of_this_machine_are_those_that_lsblk_shows()
    {
        Needs.Program("lsblk");

        // A machine may have thousands of loop devices that are not in use.
        var used =
            Directory.EnumerateFileSystemEntries("/sys/class/block").Where(path => ProcFiles.Read($"{path}/size") is not (null or "0"));
        foreach (var device in used.Select(path => $"/dev/{Path.GetFileName(path)}").Where(File.Exists))
        {
            var lsblk = await ProgramRunner.RunAsync(
                ["lsblk", "--inverse", "--noheadings", "--list", "--output", "NAME,TYPE", device], TimeSpan.FromMinutes(1),
                TestContext.Current.CancellationToken);
            if (lsblk.Succeeded)
            {
                var disks = lsblk.Output.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    .Where(fields => fields is [_, "disk" or "loop" or "rom"]).Select(fields => fields[0]);
                Assert.Equal(
                    (device, string.Join(' ', disks.Distinct().Order(StringComparer.Ordinal))),
                    (device, string.Join(' ', new BlockDevices(new NodeRoot("/")).DisksOf(device).Order(StringComparer.Ordinal))));
            }
        }
    }
}
