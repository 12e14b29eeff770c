using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Host.Files;

/// <summary>Compares lists of setfacl(1) with the kernel's decisions.</summary>
public sealed class AccessListTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("thpc-acl-").FullName;

    public AccessListTests() => File.SetUnixFileMode(_directory, (UnixFileMode)0x1ED);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    /// <summary>On disk and in memory, for the directory itself and for one above it.</summary>
    [Theory]
    [InlineData("u:65534:rwx", true)]
    [InlineData("u:65534:rwx,m::rx", false)]
    [InlineData("u:65534:rx", false)]
    [InlineData("g:65534:rwx", true)]
    [InlineData("g:65534:rwx,m::rx", false)]
    [InlineData("u:0:rwx,g:0:rwx", false)]
    [InlineData("g::rwx", false)]
    [InlineData("g::rwx,u:65534:rx", false)]
    [InlineData("o::rwx", true)]
    public async Task Write_access_by_a_list_equals_the_kernels(string list, bool open)
    {
        Needs.RootUser();
        Needs.Program("setfacl");
        Needs.Program("setpriv");
        foreach (var kind in (string[])["disk", "tmpfs"])
        {
            var top = Directory.CreateDirectory(Path.Combine(_directory, kind)).FullName;
            if (kind == "tmpfs")
            {
                await RunAsync("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", top);
            }

            try
            {
                var place = Directory.CreateDirectory(Path.Combine(top, "place")).FullName;
                var below = Directory.CreateDirectory(Path.Combine(place, "below")).FullName;
                await RunAsync("chmod", "755", place, below);
                Assert.Null(PathTrust.Validate(below));
                await RunAsync("setfacl", "-m", list, place);
                var can = await ProgramRunner.RunAsync(
                    ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--", "sh", "-c", "[ -w \"$1\" ]", "sh", place],
                    TimeSpan.FromMinutes(1), Token);
                Assert.Equal(open, can.Succeeded);
                Assert.Equal(open ? $"users other than root can write to {place}" : null, PathTrust.Validate(below)?.English);
            }
            finally
            {
                if (kind == "tmpfs")
                {
                    await RunAsync("umount", top);
                }
            }
        }
    }

    /// <summary>If only root may write, the mode suffices: its group bits are the list's mask.</summary>
    [Fact]
    public async Task Path_with_a_list_that_lets_others_write_is_not_trusted()
    {
        Needs.Program("setfacl");
        var file = Path.Combine(_directory, "program");
        await File.WriteAllTextAsync(file, "", Token);
        File.SetUnixFileMode(file, (UnixFileMode)0x180);
        Assert.True(FileStatus.Read(file)!.Value.IsWritableByRootOnly);
        await RunAsync("setfacl", "-m", "u:65534:rw", file);
        Assert.False(FileStatus.Read(file)!.Value.IsWritableByRootOnly);
        Assert.NotEqual(0, (int)(File.GetUnixFileMode(file) & (UnixFileMode.GroupRead | UnixFileMode.GroupWrite)));
    }

    private static async Task RunAsync(params string[] command)
    {
        var run = await ProgramRunner.RunAsync(command, TimeSpan.FromMinutes(1), Token);
        Assert.True(run.Succeeded, $"{string.Join(' ', command)}: {run.Output}");
    }
}
