using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Tests.Host.Files;

public sealed class RootedFileTreeTests : IDisposable
{
    private readonly TemporaryNode _node = new();
    private readonly TemporaryNode _outside = new();

    public void Dispose()
    {
        _node.Dispose();
        _outside.Dispose();
    }

    [Fact]
    public async Task Link_created_at_the_same_moment_is_not_followed()
    {
        _outside.Write("/d/file", "outside");
        Directory.CreateDirectory(_node.On("/tmp/d"));
        using var end = new CancellationTokenSource();
        var swapper = Task.Run(
            () =>
            {
                while (!end.IsCancellationRequested)
                {
                    Directory.Move(_node.On("/tmp/d"), _node.On("/tmp/aside"));
                    File.CreateSymbolicLink(_node.On("/tmp/d"), _outside.On("/d"));
                    File.Delete(_node.On("/tmp/d"));
                    Directory.Move(_node.On("/tmp/aside"), _node.On("/tmp/d"));
                }
            },
            CancellationToken.None);
        using var tree = new RootedFileTree(_node.Root);
        using var kept = new TreeRemoval(tree);
        var removed = 0;
        for (var i = 0; i < 4000; i++)
        {
            // Opens the directory for each entry, and once keeps it open while it is swapped.
            using var anew = new TreeRemoval(tree);
            removed += anew.Remove("/tmp/d/file", directory: false) && kept.Remove("/tmp/d/file", directory: false) ? 1 : 0;
            tree.Empty("/tmp/d/file");
            Assert.DoesNotContain(tree.Below("/tmp", _ => false), entry => entry.Path.EndsWith("/file", StringComparison.Ordinal));
        }

        await end.CancelAsync();
        await swapper;
        Assert.Equal(4000, removed);
        Assert.Equal("outside", _outside.Read("/d/file"));
    }

    /// <summary>Opening a FIFO without a reader would block for ever.</summary>
    [Theory]
    [InlineData("link")]
    [InlineData("fifo")]
    public async Task File_replaced_at_the_same_moment_is_not_opened(string kind)
    {
        var victim = _outside.Write("/file", "outside");
        var other = kind == "link" ? "" : _outside.MakeFifo("fifo");
        using var end = new CancellationTokenSource();
        var (file, next) = (_node.Write("/f", "x"), _node.On("/next"));
        var swapper = Task.Run(
            () =>
            {
                while (!end.IsCancellationRequested)
                {
                    _ = kind == "link" ? File.CreateSymbolicLink(next, victim) : null;
                    if (kind != "link")
                    {
                        AtomicFile.Link(other, next);
                    }

                    File.Move(next, file, overwrite: true);
                    File.WriteAllText(next, "x");
                    File.Move(next, file, overwrite: true);
                }
            },
            CancellationToken.None);
        var walker = Task.Run(
            () =>
            {
                using var tree = new RootedFileTree(_node.Root);
                for (var i = 0; i < 10_000; i++)
                {
                    var error = Record.Exception(() =>
                    {
                        Assert.NotEqual("outside"u8.ToArray(), tree.Read("/f"));
                        tree.Empty("/f");
                    });
                    Assert.True(error is null or IOException, $"{error}");
                }
            },
            CancellationToken.None);
        try
        {
            await walker.WaitAsync(TimeSpan.FromSeconds(40), TestContext.Current.CancellationToken);
        }
        finally
        {
            await end.CancelAsync();
            await swapper;
        }

        Assert.Equal("outside", _outside.Read("/file"));
    }

    [Fact]
    public void Emptied_file_keeps_its_mode_and_other_names_keep_the_content()
    {
        const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        File.SetUnixFileMode(_node.Write("/log", "x"), Mode);
        using var tree = new RootedFileTree(_node.Root);
        tree.Empty("/log");
        Assert.Equal(("", Mode), (_node.Read("/log"), File.GetUnixFileMode(_node.On("/log"))));

        _node.Write("/log", "y");
        AtomicFile.Link(_node.On("/log"), _node.On("/other"));
        tree.Empty("/log");
        Assert.Equal(("", Mode), (_node.Read("/log"), File.GetUnixFileMode(_node.On("/log"))));
        Assert.Equal("y", _node.Read("/other"));
    }

    [Fact]
    public void Directories_of_a_spared_entry_are_spared()
    {
        foreach (var path in (string[])["/tmp/a/b/kept", "/tmp/a/b/other", "/tmp/c/d/other"])
        {
            _node.Write(path, "x");
        }

        using var tree = new RootedFileTree(_node.Root);
        Assert.Equal(
            ["/tmp/a/b/other", "/tmp/c/d/other", "/tmp/c/d", "/tmp/c"],
            tree.Below("/tmp", entry => entry.Path.EndsWith("/kept", StringComparison.Ordinal)).Select(entry => entry.Path));
    }

    [Fact]
    public void Deep_tree_is_removed_from_its_leaves()
    {
        const int Depth = 1000;
        var deep = string.Concat(Enumerable.Repeat("/d", Depth));
        Directory.CreateDirectory(_node.On("/tmp" + deep));
        using var tree = new RootedFileTree(_node.Root);
        var found = tree.Below("/tmp", _ => false).ToList();
        Assert.Equal(Depth, found.Count);
        using var removal = new TreeRemoval(tree);
        Assert.All(found, entry => Assert.True(removal.Remove(entry.Path, directory: true)));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_node.On("/tmp")));
    }

    [Fact]
    public void Directory_with_a_new_entry_stays()
    {
        _node.Write("/tmp/d/new", "x");
        using var tree = new RootedFileTree(_node.Root);
        using var removal = new TreeRemoval(tree);
        Assert.False(removal.Remove("/tmp/d", directory: true));
        Assert.True(removal.Remove("/tmp/gone", directory: true));
        Assert.True(removal.Remove("/no/such/directory", directory: false));
        Assert.True(_node.Has("/tmp/d/new"));
    }

    [Fact]
    public void Link_is_not_followed_and_is_named()
    {
        _node.Write("/real/file", "x");
        File.CreateSymbolicLink(_node.On("/link"), "real");
        using var tree = new RootedFileTree(_node.Root);
        Assert.Empty(tree.List("/link"));
        Assert.Null(tree.Inspect("/link/file"));
        Assert.Null(tree.Read("/link/file"));
        Assert.Null(tree.Read("/link"));
        Assert.Contains("/link is a symbolic link or not a directory", tree.Obstacle("/link/file")!.Text.English, StringComparison.Ordinal);
        Assert.Null(tree.Obstacle("/nothing"));
        Assert.Equal(FileKind.Link, tree.Inspect("/link")!.Status!.Value.Kind);
    }

    [Fact]
    public void Root_may_be_a_link()
    {
        File.CreateSymbolicLink(_outside.On("/root-link"), _node.Directory);
        using var tree = new RootedFileTree(new NodeRoot(_outside.On("/root-link")));
        Assert.Equal(_node.Directory, tree.Base);
        Assert.NotNull(tree.Read("/etc/thpc/node-agent.toml"));
    }

    [Theory]
    [InlineData("/plain name", "/plain name")]
    [InlineData("/a\nb\\\u007f", "/a\\012b\\134\\177")]
    [InlineData("/\u00c3\u00a9\u00ff", "/é\\377")]
    public void Displayed_paths_are_one_line_and_unique(string path, string shown) => Assert.Equal(shown, TreePath.Display(path));
}
