using CsCheck;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Mounts;

namespace Thpc.NodeAgent.Tests.Host;

public sealed class NodeRootTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("thpc-root-").FullName;

    private NodeRoot Root => new(_directory);

    [Theory]
    [InlineData("/etc/fstab", "/etc/fstab")]
    [InlineData("/nowhere/at/all", "/nowhere/at/all")]
    [InlineData("/absolute/x", "/real/x")]
    [InlineData("/relative/x", "/real/x")]
    [InlineData("/deep/up/x", "/real/x")]
    [InlineData("/chain", "/real")]
    [InlineData("/above", "/etc")]
    [InlineData("/out", "/real")]
    [InlineData("/dangling/x", "/missing/x")]
    [InlineData("/a/../real/./x/", "/real/x")]
    [InlineData("/../../real", "/real")]
    [InlineData("/", "/")]
    public void Links_are_followed_inside_the_root(string path, string real)
    {
        Directory.CreateDirectory(Root.On("/real"));
        Directory.CreateDirectory(Root.On("/deep"));
        Link("/absolute", "/real");
        Link("/relative", "real");
        Link("/deep/up", "../real");
        Link("/chain", "/absolute");
        Link("/above", "../../../../../../etc");
        Link("/out", "/real/../../../../real");
        Link("/dangling", "/missing");
        Assert.Equal(real, Root.Resolve(path));
        Assert.StartsWith(_directory, Path.GetFullPath(Root.On(Root.Resolve(path))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/share/link", "/share/link")]
    [InlineData("/share/link/../y", "/share/y")]
    [InlineData("/back", "/real")]
    [InlineData("/share/../link", "/real")]
    [InlineData("/in/link", "/share/link")]
    public void Links_on_a_network_file_system_are_not_inspected(string path, string real)
    {
        Directory.CreateDirectory(Root.On("/share"));
        Directory.CreateDirectory(Root.On("/real"));
        Link("/share/link", "/real");
        Link("/link", "/real");
        Link("/in", "share");
        Link("/back", "/share/x/../../../../link");
        var mounts = MountTree.Parse($"1 0 0:1 / {Root.On("/share")} rw - nfs4 h:/ rw\n");
        Assert.Equal(real, Root.Resolve(path, mounts));
    }

    [Fact]
    public void Circular_links_are_an_unsafe_path()
    {
        Link("/a", "/b");
        Link("/b", "a");
        Link("/self", "self/x");
        Assert.Equal("MOUNT_UNSAFE_PATH", Assert.Throws<AgentException>(() => Root.Resolve("/a/x")).Code.Name);
        Assert.Equal("MOUNT_UNSAFE_PATH", Assert.Throws<AgentException>(() => Root.Resolve("/self")).Code.Name);
    }

    [Fact]
    public void Resolved_path_stays_in_the_root_and_has_no_link()
    {
        var names = Gen.Int[0, 4].Select(number => $"n{number}");
        var targets = Gen.Select(
            Gen.Bool, Gen.OneOf(names, Gen.Const(".."), Gen.Const(".")).Array[1, 6],
            (absolute, parts) => (absolute ? "/" : "") + string.Join('/', parts));
        Gen.Select(targets.Array[5, 5], targets).Sample(
            (links, asked) =>
            {
                for (var number = 0; number < links.Length; number++)
                {
                    File.Delete(Root.On($"/n{number}"));
                    Link($"/n{number}", links[number]);
                }

                string real;
                try
                {
                    real = Root.Resolve("/" + asked);
                }
                catch (AgentException e)
                {
                    Assert.Equal("MOUNT_UNSAFE_PATH", e.Code.Name);
                    return;
                }

                Assert.DoesNotContain("..", real.Split('/'));
                Assert.StartsWith("/", real, StringComparison.Ordinal);
                Assert.Null(new FileInfo(Root.On(real)).LinkTarget);
                Assert.Equal(real, Root.Resolve(real));
            },
            threads: 1,
            iter: 300);
    }

    [Theory]
    [InlineData("/", "", true)]
    [InlineData("/image/", "/image", false)]
    [InlineData("/image/../other", "/other", false)]
    public void Only_the_machine_itself_is_live(string directory, string prefix, bool live)
    {
        var root = new NodeRoot(directory);
        Assert.Equal((prefix, live, prefix + "/etc/fstab"), (root.Prefix, root.IsLive, root.Fstab));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private void Link(string path, string target) => File.CreateSymbolicLink(Root.On(path), target);
}
