using System.Text;

namespace Thpc.NodeAgent.SystemTests.Faults;

/// <summary>Whether the matrix would see harm: here a script does all of it.</summary>
public sealed class FaultNodeTests
{
    [Fact]
    public async Task Nothing_is_lost_where_a_script_does_nothing()
    {
        const string Script = "#!/bin/sh\n";
        using var fault = new FaultNode();
        fault.Node.AddScript("good.sh", Script);
        var end = await fault.BootstrapAsync();
        end.AssertSays(new FaultRow("none", null, 60));
        end.AssertNothingLost(FaultEnd.Succeeding, Encoding.UTF8.GetBytes(Script));
    }

    [Fact]
    public async Task Lost_and_left_files_are_found()
    {
        using var fault = new FaultNode();
        var node = fault.Node.Directory;
        fault.Node.AddScript("harm.sh", $"""
            #!/bin/bash
            cd {node} && rm etc/hosts && chmod 644 etc/shadow && echo >>etc/fstab &&
              chown 1000 home/alice/run.sh && ln -sfn /etc home/alice/tool && rm -r data
            umount scratch; mount -t tmpfs none {node}/opt; cp /bin/true {node}/true
            setsid sleep 1000 >/dev/null 2>&1 &
            """ + "\n");
        var end = await fault.BootstrapAsync("mkdir \"$node/scratch\"; mount -t tmpfs none \"$node/scratch\"");
        Assert.Equal(
            ["/data", "/etc/fstab", "/etc/hosts", "/etc/shadow", "/home/alice/run.sh", "/home/alice/tool", "/opt", "/opt/tool",
                "/opt/tool/bin", "/opt/tool/bin/tool", "/scratch"],
            end.Lost.Where(line => line.StartsWith('/')).Select(line => line.Split(' ')[0]).Order(StringComparer.Ordinal));
        Assert.Contains(" /tmp/", Assert.Single(end.Lost, line => !line.StartsWith('/')), StringComparison.Ordinal);
        Assert.Equal(
            ["sleep 1000 ", $"{node}/opt"],
            end.Left.Select(line => line.StartsWith("sleep", StringComparison.Ordinal) ? line : line.Split(' ')[4]));
        Assert.StartsWith("|f 755 0:0  |sum ", end.New["/true"], StringComparison.Ordinal);
    }
}
