using Thpc.NodeAgent.Host.Mounts;

namespace Thpc.NodeAgent.Tests.Host.Mounts;

public sealed class NetworkTypesTests
{
    [Theory]
    [InlineData("10.0.0.1:/ /d nfs rw")]
    [InlineData("10.0.0.1@tcp:/1/cfs /d lustre rw")]
    [InlineData("//10.0.0.6/share /d cifs credentials=/root/.smb")]
    [InlineData("//10.0.0.6/share /d smb3 rw")]
    [InlineData("//10.0.0.6/share /d auto rw")]
    [InlineData("10.0.0.8:/d /d auto rw")]
    [InlineData("10.0.0.8:/gv0 /d glusterfs defaults,_netdev")]
    [InlineData("10.0.0.8:/gv0 /d fuse.glusterfs rw")]
    [InlineData("fs-1:/ /d efs tls")]
    [InlineData("10.0.0.5:6789,10.0.0.6:6789:/ /d ceph name=admin")]
    [InlineData("none /d fuse.ceph ceph.id=admin")]
    [InlineData("beegfs_nodev /d beegfs cfgFile=/etc/beegfs/beegfs-client.conf")]
    [InlineData("cosfs#bucket-1250000000 /d fuse _netdev,allow_other")]
    [InlineData("bucket /d fuse.cosfs rw")]
    [InlineData("bucket /d fuse.s3fs rw")]
    [InlineData("sshfs#u@10.0.0.7:/x /d fuse defaults")]
    [InlineData("u@10.0.0.7:/x /d fuse.sshfs defaults")]
    [InlineData("https://h/x /d davfs rw")]
    [InlineData("share /d 9p trans=virtio")]
    [InlineData("share /d virtiofs rw")]
    [InlineData("cluster /d neverheardoffs _netdev")]
    [InlineData("/dev/gpfs0 /d gpfs rw")]
    public void Network_lines_are_recognized(string line) => Assert.True(NetworkTypes.IsNetwork(BootMountEntry.Parse(line)!));

    [Theory]
    [InlineData("/dev/sdb1 /d ext4 _netdev")]
    [InlineData("UUID=1 /d xfs _netdev")]
    [InlineData("/data/x /d none bind,_netdev")]
    [InlineData("//data/x /d auto bind")]
    [InlineData("overlay /d overlay lowerdir=/x,_netdev")]
    [InlineData("tank/x /d zfs _netdev")]
    [InlineData("tmpfs /d tmpfs size=1g")]
    [InlineData("bindfs#/x /d fuse rw")]
    [InlineData("/x:/y /d fuse.mergerfs rw")]
    [InlineData("/dev/sdb1 /d auto rw")]
    [InlineData("/srv/swap none swap sw,_netdev")]
    public void Local_lines_are_recognized(string line) => Assert.False(NetworkTypes.IsNetwork(BootMountEntry.Parse(line)!));
}
