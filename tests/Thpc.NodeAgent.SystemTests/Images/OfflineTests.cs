using System.Buffers.Binary;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Images;

/// <summary>
/// images/offline.sh on images of a few megabytes. A stand-in for the agent changes a file below its --root, which shows that the image
/// itself was changed.
/// </summary>
public sealed class OfflineTests : IDisposable
{
    private const string StandIn = """
        #!/bin/bash
        here=$(dirname "$0")
        echo "$*" >>"$here/calls"
        while [ "$1" != --root ]; do shift; done
        [ -e "$2/etc/os-release" ] || exit 70
        echo prepared >>"$2/etc/prepared"
        exit "$(cat "$here/exit" 2>/dev/null || echo 0)"
        """;

    // The start of the second partition, in sectors of 512 bytes.
    private const int FirstSector = 2048;
    private const int Sectors = 16384;

    private readonly TemporaryNode _node = new();

    public OfflineTests()
    {
        _node.Write("/tree/etc/os-release", "ID=debian\n");
        File.SetUnixFileMode(_node.Write("/agent", StandIn), UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData("", "defaults")]
    [InlineData(" --operations defaults,machine-id --json", "defaults,machine-id")]
    [InlineData(" --json --operations=-ssh", "-ssh")]
    public async Task Directory_is_prepared_and_checked(string arguments, string operations)
    {
        Needs.RootUser();
        var run = await OfflineAsync([_node.On("/tree"), .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        Assert.True(run.Succeeded, run.Output);
        Assert.Equal(
            $"image prep --root {_node.On("/tree")} --yes{arguments}\nimage check --root {_node.On("/tree")} --operations={operations}\n",
            _node.Read("/calls"));
    }

    [Fact]
    public async Task Single_file_system_image_is_prepared_and_unmounted()
    {
        var image = await FileSystemAsync("/disk.raw", "/tree");

        var run = await OfflineAsync(image);

        Assert.True(run.Succeeded, run.Output);
        Assert.Equal("prepared\nprepared\n", await ReadAsync(image));
        await AssertNothingLeftAsync(image);
    }

    [Fact]
    public async Task System_partition_is_found()
    {
        _node.Write("/boot/vmlinuz", "");
        var boot = await FileSystemAsync("/boot.raw", "/boot");
        var system = await FileSystemAsync("/system.raw", "/tree");
        var disk = _node.On("/disk.raw");
        await File.WriteAllBytesAsync(
            disk, [.. Table(), .. await File.ReadAllBytesAsync(boot, Cancel), .. await File.ReadAllBytesAsync(system, Cancel)], Cancel);

        var run = await OfflineAsync(disk);

        Assert.True(run.Succeeded, run.Output);
        await File.WriteAllBytesAsync(system, (await File.ReadAllBytesAsync(disk, Cancel))[((FirstSector + Sectors) * 512)..], Cancel);
        Assert.Equal("prepared\nprepared\n", await ReadAsync(system));
        await AssertNothingLeftAsync(disk);
    }

    [Fact]
    public async Task Check_failure_is_exit_code_and_image_is_unmounted()
    {
        var image = await FileSystemAsync("/disk.raw", "/tree");
        _node.Write("/exit", "5");

        Assert.Equal(5, (await OfflineAsync(image)).ExitCode);
        await AssertNothingLeftAsync(image);
    }

    [Fact]
    public async Task Image_without_system_is_refused()
    {
        Directory.CreateDirectory(_node.On("/nothing"));
        var run = await OfflineAsync(await FileSystemAsync("/disk.raw", "/nothing"));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("no partition of it can be mounted and has /etc/os-release", run.Output, StringComparison.Ordinal);
        Assert.False(_node.Has("/calls"));
    }

    [Theory]
    [InlineData("/", "/ is this machine")]
    [InlineData("/no/such/image", "there is no such image or directory")]
    public async Task Invalid_image_is_refused(string target, string words)
    {
        Needs.RootUser();
        var run = await OfflineAsync(target);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(words, run.Output, StringComparison.Ordinal);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Task<ProgramResult> OfflineAsync(params string[] arguments) => ProgramRunner.RunAsync(
        [Path.Combine(Repository.Root, "images/offline.sh"), .. arguments],
        TimeSpan.FromMinutes(1),
        Cancel,
        new Dictionary<string, string>(ChildProcess.PlainEnvironment) { ["THPC_AGENT"] = _node.On("/agent") });

    private async Task<string> FileSystemAsync(string name, string tree)
    {
        Needs.RootUser();
        Needs.Program("mke2fs");
        var made = await ProgramRunner.RunAsync(
            ["mke2fs", "-q", "-t", "ext4", "-d", _node.On(tree), _node.On(name), $"{Sectors / 2}k"], TimeSpan.FromMinutes(1), Cancel);
        Assert.True(made.Succeeded, made.Output);
        return _node.On(name);
    }

    /// <summary>Reads the stand-in's file from the image without mounting it.</summary>
    private static async Task<string> ReadAsync(string image) =>
        string.Concat((await ProgramRunner.RunAsync(
            ["debugfs", "-R", "cat /etc/prepared", image], TimeSpan.FromMinutes(1), Cancel)).Output.Split('\n')
            .Where(line => line == "prepared").Select(line => line + "\n"));

    /// <summary>A loop device disappears with its last mount in any namespace.</summary>
    private static async Task AssertNothingLeftAsync(string image) =>
        Assert.Equal(
            "", (await ProgramRunner.RunAsync(["losetup", "--noheadings", "--associated", image], TimeSpan.FromMinutes(1), Cancel)).Output);

    /// <summary>An MBR with two partitions, padded up to the start of the first.</summary>
    private static byte[] Table()
    {
        var table = new byte[FirstSector * 512];
        for (var partition = 0; partition < 2; partition++)
        {
            var entry = table.AsSpan(446 + (16 * partition), 16);
            entry[4] = 0x83;
            BinaryPrimitives.WriteInt32LittleEndian(entry[8..], FirstSector + (Sectors * partition));
            BinaryPrimitives.WriteInt32LittleEndian(entry[12..], Sectors);
        }

        table[510] = 0x55;
        table[511] = 0xAA;
        return table;
    }
}
