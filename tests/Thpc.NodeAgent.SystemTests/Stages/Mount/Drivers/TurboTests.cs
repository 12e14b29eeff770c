using System.Net;
using System.Net.Sockets;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.SystemTests.Stages.Mount.Drivers;

/// <summary>CFS Turbo with a stand-in for the Lustre client, which needs a kernel module and a Lustre server.</summary>
public sealed class TurboTests
{
    // A private mount namespace: /sbin has a mount.lustre that records its arguments, and the kernel seems to support lustre.
    private const string Machine = """
        set -e
        mount -t overlay -o "lowerdir=$1/sbin:/usr/sbin" overlay /usr/sbin
        [ -L /sbin ] || mount --bind /usr/sbin /sbin
        [ ! -e "$1/filesystems" ] || mount --bind "$1/filesystems" /proc/filesystems
        exec "$2" bootstrap --root "$1"
        """;

    [Fact]
    public async Task Client_is_called_as_documented_and_mount_table_is_checked()
    {
        Needs.RootUser();
        using var node = Node("127.0.98.7@tcp0:127.0.98.8@tcp0:/4fe1839b/cfs");
        node.Write("/filesystems", "nodev\tproc\n\tlustre\n");
        using var server = new TcpListener(IPAddress.Parse("127.0.98.8"), 988);
        server.Start();
        var report = await BootstrapAsync(node);
        Assert.Equal($"127.0.98.7@tcp0:127.0.98.8@tcp0:/4fe1839b/cfs {node.On("/turbo")} -o rw,user_xattr", node.Read("/called").Trim());
        Assert.Equal("MOUNT_FAILED", report.FirstError?.Code);
        Assert.Contains("/proc/self/mountinfo does not show lustre", report.FirstError!.Message, StringComparison.Ordinal);
        Assert.False(node.Has("/etc/fstab"));
    }

    [Fact]
    public async Task Servers_that_refuse_988_are_unreachable()
    {
        Needs.RootUser();
        using var node = Node("127.0.98.5@tcp0:127.0.98.6@tcp0:/4fe1839b/cfs");
        node.Write("/filesystems", "\tlustre\n");
        var report = await BootstrapAsync(node);
        Assert.Equal("MOUNT_UNREACHABLE", report.FirstError?.Code);
        Assert.Contains("127.0.98.6 refused TCP 988", report.FirstError!.Message, StringComparison.Ordinal);
        Assert.False(node.Has("/called"));
    }

    [Fact]
    public async Task Kernel_without_module_is_reported()
    {
        Needs.RootUser();
        using var node = Node("127.0.98.5@tcp0:/4fe1839b/cfs");
        node.Write("/filesystems", "nodev\tproc\n");
        var report = await BootstrapAsync(node);
        Assert.Equal("MOUNT_HELPER_MISSING", report.FirstError?.Code);
        Assert.Contains("Lustre client", report.FirstError!.Message, StringComparison.Ordinal);
    }

    private static TemporaryNode Node(string source)
    {
        var node = new TemporaryNode();
        node.Configure(
            $"[[cfs]]\nlocal_path = \"/turbo\"\nremote_path = \"{source}\"\nprotocol = \"TURBO\"\nstorage_type = "
                + $"\"TB\"\n[mount]\ntimeout = 1\n");
        File.SetUnixFileMode(
            node.Write("/sbin/mount.lustre", $"#!/bin/sh\necho \"$@\" > '{node.On("/called")}'\n"),
            UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return node;
    }

    private static async Task<Report> BootstrapAsync(TemporaryNode node)
    {
        var run = await ProgramRunner.RunAsync(
            ["unshare", "--mount", "--", "sh", "-c", Machine, "sh", node.Directory, Agent.Executable], TimeSpan.FromMinutes(1),
            TestContext.Current.CancellationToken);
        Assert.True(run.ExitCode == 1, run.Output);
        return ReportJson.Read(await File.ReadAllBytesAsync(node.Root.Report, TestContext.Current.CancellationToken))!;
    }
}
