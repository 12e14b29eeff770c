using Thpc.NodeAgent.Stages.Mount;

namespace Thpc.NodeAgent.Tests.Stages.Mount;

/// <summary>The texts are the output of mount (util-linux 2.38) and mount.nfs (nfs-utils 2.6).</summary>
public sealed class MountFaultTests
{
    [Theory]
    [InlineData("mount.nfs: access denied by server while mounting 127.0.0.1:/nope", "MOUNT_DENIED", false, true)]
    [InlineData("mount.nfs: mounting 127.0.0.1:/nope failed, reason given by server: No such file or directory", "MOUNT_NOT_FOUND", false,
        true)]
    [InlineData("mount.nfs: Stale file handle", "MOUNT_NOT_FOUND", false, true)]
    [InlineData("mount.nfs: Not a directory", "MOUNT_NOT_FOUND", false, false)]
    [InlineData("mount.nfs: Operation not permitted", "MOUNT_DENIED", false, false)]
    [InlineData("mount.nfs: Network is unreachable", "MOUNT_UNREACHABLE", true, false)]
    [InlineData("mount.nfs: Connection refused", "MOUNT_UNREACHABLE", true, false)]
    [InlineData("mount.nfs: Connection timed out", "MOUNT_UNREACHABLE", true, false)]
    [InlineData("mount.nfs: No route to host", "MOUNT_UNREACHABLE", true, false)]
    [InlineData("mount.nfs: Connection reset by peer", "MOUNT_UNREACHABLE", true, false)]
    [InlineData("mount.nfs: Resource temporarily unavailable", "MOUNT_UNREACHABLE", true, false)]
    [InlineData("mount.nfs: Failed to resolve server x: Name or service not known", "MOUNT_UNREACHABLE", true, false)]
    [InlineData("mount: /data: unknown filesystem type 'nfs'.", "MOUNT_HELPER_MISSING", false, false)]
    [InlineData("mount: /data: bad option; for several filesystems (e.g. nfs, cifs) you might need a /sbin/mount.<type> helper program.",
        "MOUNT_HELPER_MISSING", false, false)]
    [InlineData("mount: /data: wrong fs type, bad option, bad superblock on h:/, missing codepage or helper program, or other error.",
        "MOUNT_HELPER_MISSING", false, false)]
    [InlineData("mount.nfs: No such device", "MOUNT_HELPER_MISSING", false, false)]
    [InlineData("mount.nfs: an incorrect mount option was specified", "MOUNT_FAILED", false, false)]
    [InlineData("mount.nfs: Invalid argument", "MOUNT_FAILED", false, false)]
    [InlineData("mount.nfs: Protocol not supported", "MOUNT_FAILED", false, false)]
    [InlineData("mount.nfs: requested NFS version or transport protocol is not supported", "MOUNT_FAILED", false, false)]
    [InlineData("mount.nfs: Remote I/O error", "MOUNT_FAILED", true, false)]
    [InlineData("", "MOUNT_FAILED", true, false)]
    public void Output_of_mount_determines_code_and_retry(string words, string code, bool retry, bool mayBeMissing)
    {
        var fault = MountFault.FromOutput($"first line\n{words}\n", words);
        Assert.Equal((code, retry, mayBeMissing), (fault.Code.Name, fault.Retry, fault.MayBeMissing));
        Assert.Equal(words.Length > 0 ? words : "mount failed and printed nothing", fault.Message.English);
    }
}
