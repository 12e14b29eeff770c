using Thpc.NodeAgent.Stages.Packages;

namespace Thpc.NodeAgent.Tests.Stages.Packages;

public sealed class PackageEvidenceTests
{
    [Theory]
    [InlineData("/etc/slurm/x /usr/share/man/man8/slurmd.8.gz /usr/lib/systemd/system/slurmd.service /usr/sbin/slurmd", "/usr/sbin/slurmd")]
    [InlineData("/usr/lib64/libx.so /usr/lib/systemd/system/x.service", "/usr/lib/systemd/system/x.service")]
    [InlineData("/usr/lib/.build-id/ab/cdef /usr/lib64/libx.so.1", "/usr/lib64/libx.so.1")]
    [InlineData("/usr/sbin/gone /usr/share/doc/x/README", "/usr/share/doc/x/README")]
    [InlineData("/etc/x.conf /var/lib/x /run/x", null)]
    [InlineData("(contains no files)", null)]
    public void Chosen_file_is_deleted_only_with_its_package(string files, string? chosen) =>
        Assert.Equal(chosen, PackageEvidence.Choose(files.Split(' '), file => file != "/usr/sbin/gone"));
}
