using Thpc.NodeAgent.Stages.Mount;
using Thpc.NodeAgent.Stages.Mount.Fstab;

namespace Thpc.NodeAgent.Tests.Stages.Mount;

public sealed class ForeignDependentsTests
{
    private const string Text =
        "10.0.0.1:/ /data nfs4 rw,x-thpc.cluster=hpc-a 0 0\n/data/x /b none bind 0 0\n/data/y /c none bind,x-thpc.cluster=hpc-b 0 0\n"
            + "/g/x /d none bind 0 0\n/data/x /e none bind 0 no number\n";

    [Theory]
    [InlineData("", "", "2")]
    [InlineData("", "/g", "2 4")]
    [InlineData("/data", "/g", "4")]
    public void Lines_that_depend_on_removed_mounts_are_removed_except_own_lines(string wanted, string unit, string lines)
    {
        var fstab = FstabDocument.Parse(Text);
        var found = ForeignDependents.Find(
            fstab, line => line.Entry?.Cluster == "hpc-a", unit.Length > 0 ? [unit] : [], path => path == wanted, path => path);
        Assert.Equal(lines, string.Join(' ', fstab.Lines.Where(line => found[line.Number - 1] is not null).Select(line => line.Number)));
    }
}
