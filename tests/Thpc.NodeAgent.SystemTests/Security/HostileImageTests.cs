using System.Text.RegularExpressions;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Security;

/// <summary>All paths that `image prep` and `image check` access, recorded by strace.</summary>
public sealed partial class LookedAtPaths : IAsyncLifetime
{
    private const string Trace = """
        make_trap
        tree=$work/tree
        make_tree "$tree"
        for command in "image check" "image prep --dry-run --operations all" "image prep --yes --operations all"; do
            strace -f --seccomp-bpf -qq -y -s 4096 -e trace=%file -o "$work/trace" -A \
                "$executable" $command --root "$tree" >>"$work/said" 2>&1
        done
        """;

    public IReadOnlyList<string> Paths { get; private set; } = [];

    public static async Task<string> RunAsync(string work, string system, string script)
    {
        Needs.RootUser();
        var functions = Path.Combine(Repository.Root, "tests/Thpc.NodeAgent.SystemTests/Security/hostile-image.sh");
        var run = await ProgramRunner.RunAsync(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "-c",
                $"work=$1 executable=$2 system={system}\n. {functions}\n{script}", "bash", work, Agent.Executable],
            TimeSpan.FromMinutes(10),
            TestContext.Current.CancellationToken);
        Assert.False(run.TimedOut, run.Output);
        return run.Output;
    }

    public async ValueTask InitializeAsync()
    {
        Needs.Program("strace");
        Needs.Program("clang");
        Needs.Program("rpm");
        var work = Directory.CreateTempSubdirectory("thpc-hostile-").FullName;
        try
        {
            foreach (var system in (string[])["debian", "rocky"])
            {
                Assert.Equal("", await RunAsync(work, system, Trace));
                Directory.Delete(Path.Combine(work, "tree"), recursive: true);
            }

            SortedSet<string> paths = new(StringComparer.Ordinal);
            foreach (var line in await File.ReadAllLinesAsync(Path.Combine(work, "trace"), TestContext.Current.CancellationToken))
            {
                foreach (Match match in PathPattern().Matches(line))
                {
                    var path =
                        Path.GetFullPath(Path.Combine(match.Groups["directory"].Value + "/", match.Groups["name"].Value)).TrimEnd('/');
                    if (path.StartsWith(work + "/tree/", StringComparison.Ordinal) && path.Length > work.Length + "/tree/".Length)
                    {
                        paths.Add(path[(work.Length + "/tree".Length)..]);
                    }
                }
            }

            Paths = [.. paths];
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // openat(5</tree/etc>, "fstab", …) and stat("/tree/etc/fstab", …)
    [GeneratedRegex("""\((AT_FDCWD[^,]*, |[0-9]+<(?<directory>[^>]*)>, )?"(?<name>[^"]*)""", RegexOptions.ExplicitCapture)]
    private static partial Regex PathPattern();
}

/// <summary>Runs `image prep` and `image check` on hostile images.</summary>
public sealed class HostileImageTests(LookedAtPaths looked) : IClassFixture<LookedAtPaths>
{
    [Theory]
    [InlineData("fifo device", "debian")]
    [InlineData("link up", "rocky")]
    [InlineData("bind directory hard loop socket", "rocky")]
    public async Task Builder_is_safe_with_every_path_replaced_by(string kinds, string system)
    {
        var work = Directory.CreateTempSubdirectory("thpc-hostile-").FullName;
        try
        {
            await File.WriteAllLinesAsync(Path.Combine(work, "paths"), looked.Paths, TestContext.Current.CancellationToken);
            var output = await LookedAtPaths.RunAsync(
                work, system, $"exec <$work/paths; seal_machine; tree=$work/tree builder=$work/builder; attack {kinds}");
            Assert.Equal($"tried {looked.Paths.Count}\n", output);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }
}
