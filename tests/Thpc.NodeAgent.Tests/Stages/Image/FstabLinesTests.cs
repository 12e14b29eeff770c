using Thpc.NodeAgent.Stages.Image;

namespace Thpc.NodeAgent.Tests.Stages.Image;

public sealed class FstabLinesTests
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
    public void Lines_of_shared_storage_go(string line)
    {
        Assert.NotNull(FstabLines.Shared(line));
        Assert.Null(FstabLines.DataDisk(line));
    }

    [Theory]
    [InlineData("/dev/vdb1 /data ext4 defaults 0 2\n")]
    [InlineData("UUID=1 /home xfs defaults 0 2\n")]
    [InlineData("LABEL=x /bootleg xfs nofail 0 2\n")]
    public void Lines_of_other_disks_are_data_disks(string line)
    {
        Assert.Null(FstabLines.Shared(line));
        Assert.NotNull(FstabLines.DataDisk(line));
    }

    [Theory]
    [InlineData("# 10.0.0.1:/ /data nfs rw 0 0\n")]
    [InlineData("\n")]
    [InlineData("nfs\n")]
    [InlineData("UUID=1 / ext4 defaults 0 1\n")]
    [InlineData("UUID=1 /boot ext4 defaults 0 1\n")]
    [InlineData("UUID=1 /boot/efi/ vfat defaults 0 1\n")]
    [InlineData("UUID=1 /var/log ext4 defaults 0 1\n")]
    [InlineData("UUID=1 none swap sw 0 0\n")]
    [InlineData("/dev/sr0 /media/cdrom0 udf,iso9660 user,noauto 0 0\n")]
    [InlineData("tmpfs /scratch tmpfs size=1g 0 0\n")]
    [InlineData("/srv/a /b none bind 0 0\n")]
    public void Everything_else_stays(string line)
    {
        Assert.Null(FstabLines.Shared(line));
        Assert.Null(FstabLines.DataDisk(line));
    }
}
