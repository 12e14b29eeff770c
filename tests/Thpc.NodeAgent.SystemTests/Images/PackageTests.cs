using System.Text.RegularExpressions;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Images;

/// <summary>The packages' contents and dependencies, read by dpkg-deb and rpm.</summary>
[Collection(nameof(Packages))]
public sealed partial class PackageTests(Packages packages)
{
    private const string Config = "/etc/thpc/node-agent.toml";
    private const string Documents = "/usr/share/doc/thpc-node-agent";

    private static readonly string[] Files =
    [
        "-rwxr-xr-x /usr/bin/thpc-node-agent",
        "-rw-r--r-- /usr/lib/systemd/system/sackd.service.d/zz-thpc-node-agent.conf",
        "-rw-r--r-- /usr/lib/systemd/system/slurmctld.service.d/zz-thpc-node-agent.conf",
        "-rw-r--r-- /usr/lib/systemd/system/slurmd.service.d/zz-thpc-node-agent.conf",
        "-rw-r--r-- /usr/lib/systemd/system/slurmdbd.service.d/zz-thpc-node-agent.conf",
        "-rw-r--r-- /usr/lib/systemd/system/slurmrestd.service.d/zz-thpc-node-agent.conf",
        "-rw-r--r-- /usr/lib/systemd/system/thpc-node-agent-guard.service",
        "-rw-r--r-- /usr/lib/systemd/system/thpc-node-agent.service",
        "-rw-r--r-- /usr/share/bash-completion/completions/thpc-node-agent",
        "-rw-r--r-- /usr/share/doc/thpc-node-agent/copyright",
        "-rw-r--r-- /usr/share/doc/thpc-node-agent/node-agent.toml",
        "-rw-r--r-- /usr/share/doc/thpc-node-agent/thpc-node-agent.cdx.json",
        "-rwxr-xr-x /usr/share/doc/thpc-node-agent/thpc-health-check",
        "-rw-r--r-- /usr/share/fish/vendor_completions.d/thpc-node-agent.fish",
        "-rw-r--r-- /usr/share/man/man8/thpc-node-agent.8.gz",
        "-rw-r--r-- /usr/share/zsh/site-functions/_thpc-node-agent",
        .. MarkdownPages.OfRepository.Shipped.Files.Select(file => $"-rw-r--r-- {Documents}/{file}"),
    ];

    [Fact]
    public async Task Deb_file_list()
    {
        var lines = await LinesAsync("dpkg-deb", "-c", packages.Deb);

        Assert.All(lines, line => Assert.Contains(" root/root ", line, StringComparison.Ordinal));
        Assert.All(lines.Where(line => line[0] == 'd'), line => Assert.StartsWith("drwxr-xr-x ", line, StringComparison.Ordinal));
        Assert.Equal(
            Files.Select(file => file.Replace(" /usr/lib/systemd", " /lib/systemd", StringComparison.Ordinal)
                    .Replace("/zsh/site-functions/", "/zsh/vendor-completions/", StringComparison.Ordinal))
                .Append("-rw-r--r-- /usr/share/doc/thpc-node-agent/changelog.gz").Order(StringComparer.Ordinal),
            lines.Where(line => line[0] != 'd')
                .Select(line => $"{line[..10]} {line[(line.IndexOf(" ./", StringComparison.Ordinal) + 2)..]}")
                .Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Rpm_file_list()
    {
        var lines = await LinesAsync("rpm", "-qplv", packages.Rpm);

        Assert.All(lines, line => Assert.Matches(@"^[-rwxd]{10} +[0-9]+ +root +root ", line));
        Assert.Equal(
            Files.Order(StringComparer.Ordinal),
            lines.Where(line => line[0] != 'd')
                .Select(line => $"{line[..10]} {line[line.IndexOf(" /", StringComparison.Ordinal)..].Trim()}")
                .Order(StringComparer.Ordinal));
        string[] daemons = ["sackd", "slurmctld", "slurmd", "slurmdbd", "slurmrestd"];
        string[] completions = ["bash-completion/completions", "fish/vendor_completions.d", "zsh/site-functions"];
        var documents = MarkdownPages.OfRepository.Shipped.Files.SelectMany(file => Above($"{Documents}/{file}")).Distinct();
        Assert.Equal(
            daemons.Select(daemon => $"/usr/lib/systemd/system/{daemon}.service.d").Concat(documents)
                .Concat(completions.SelectMany(path => (string[])[$"/usr/share/{path.Split('/')[0]}", $"/usr/share/{path}"]))
                .Order(StringComparer.Ordinal),
            lines.Where(line => line[0] == 'd').Select(line => line[line.IndexOf(" /", StringComparison.Ordinal)..].Trim())
                .Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Packaged_pages_have_no_dead_link()
    {
        using var node = new TemporaryNode();
        await Packages.SayAsync("dpkg-deb", "-x", packages.Deb, node.On("/deb"));
        var folder = node.On($"/deb{Documents}");
        var pages = new MarkdownPages(
            folder, Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file)));
        Assert.Contains("README.md", pages.Pages);
        Assert.Empty(pages.Pages.SelectMany(pages.DeadLinks));
    }

    /// <summary>A configuration would keep slurmd from starting on a machine that is not a cluster node.</summary>
    [Fact]
    public async Task Packages_contain_no_configuration()
    {
        using var control = new TemporaryNode();
        await Packages.SayAsync("dpkg-deb", "-e", packages.Deb, control.On("/control"));
        Assert.False(control.Has("/control/conffiles"));
        Assert.Empty(await LinesAsync("rpm", "-qpc", packages.Rpm));
    }

    [Fact]
    public async Task Deb_depends_only_on_glibc()
    {
        Assert.Equal($"libc6 (>= {await GlibcAsync()})", (await Packages.SayAsync("dpkg-deb", "-f", packages.Deb, "Depends")).Trim());
        Assert.Equal("nfs-common", (await Packages.SayAsync("dpkg-deb", "-f", packages.Deb, "Recommends")).Trim());
    }

    /// <summary>Features of rpm 4.11 (CentOS 7), glibc, and a shell for the scriptlets.</summary>
    [Fact]
    public async Task Rpm_dependencies_exist_on_CentOS_7()
    {
        var requires = await LinesAsync("rpm", "-qp", "--requires", packages.Rpm);

        Assert.All(requires, line => Assert.Matches(RequiredPattern(), line));
        var newest = requires.Select(line => VersionPattern().Match(line)).Where(match => match.Success)
            .Max(match => Version.Parse(match.Groups[1].Value));
        Assert.Equal(Version.Parse(await GlibcAsync()), newest);
    }

    [Fact]
    public async Task Units_start_packaged_executable()
    {
        using var node = new TemporaryNode();
        await Packages.SayAsync("dpkg-deb", "-x", packages.Deb, node.On("/deb"));
        foreach (var unit in (string[])["thpc-node-agent", "thpc-node-agent-guard"])
        {
            var own = await File.ReadAllTextAsync(
                Path.Combine(Repository.Root, $"images/systemd/{unit}.service"), TestContext.Current.CancellationToken);
            Assert.Equal(
                own.Replace("/usr/local/bin/", "/usr/bin/", StringComparison.Ordinal),
                node.Read($"/deb/lib/systemd/system/{unit}.service"));
        }
    }

    [Fact]
    public async Task Packages_are_reproducible()
    {
        using var other = new TemporaryNode();
        var pages = MarkdownPages.OfRepository.Pages.Where(page => !page.Contains('/', StringComparison.Ordinal));
        string[] sources = ["scripts", "images", "docs", "Directory.Build.props", .. pages];
        Directory.CreateDirectory(other.On("/a/longer/path/artifacts/linux-x64"));
        foreach (var source in sources)
        {
            await Packages.SayAsync("cp", "-r", Path.Combine(Repository.Root, source), other.On("/a/longer/path"));
        }

        var published = Path.Combine(Repository.Root, "artifacts/linux-x64/thpc-node-agent");
        await Packages.SayAsync("cp", published, $"{published}.cdx.json", other.On("/a/longer/path/artifacts/linux-x64"));
        var epoch = await Packages.SayAsync("git", "-C", Repository.Root, "log", "-1", "--format=%ct");
        await Packages.MakeAsync(
            other.On("/a/longer/path"), other.On("/out"),
            new Dictionary<string, string>(ChildProcess.PlainEnvironment) { ["SOURCE_DATE_EPOCH"] = epoch.Trim() });

        foreach (var package in (string[])[packages.Deb, packages.Rpm])
        {
            await Packages.SayAsync("cmp", package, other.On($"/out/{Path.GetFileName(package)}"));
        }
    }

    [Fact]
    public async Task Sample_configuration_is_invalid_until_edited()
    {
        using var node = new TemporaryNode();
        var text = await File.ReadAllTextAsync(
            Path.Combine(Repository.Root, "images/package/node-agent.toml"), TestContext.Current.CancellationToken);
        node.Write(Config, text);
        var unedited = await Agent.RunAsync(node, "config", "check");
        Assert.Equal(2, unedited.ExitCode);
        Assert.Contains("cluster.id: is missing", unedited.Errors, StringComparison.Ordinal);
        Assert.Contains("cluster.node_role: is missing", unedited.Errors, StringComparison.Ordinal);
        Assert.Equal(2, unedited.Errors.Split(": is missing").Length - 1);

        node.Write(
            Config, text.Replace("#id =", "id =", StringComparison.Ordinal)
                .Replace("#node_role =", "node_role =", StringComparison.Ordinal));
        var edited = await Agent.RunAsync(node, "config", "check");
        Assert.Equal(0, edited.ExitCode);
        Assert.Contains("COMPUTE of hpc-8hje8h12, 0 init scripts, 0 file systems.", edited.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Configuration_examples_are_valid()
    {
        using var node = new TemporaryNode();
        var text = await File.ReadAllTextAsync(
            Path.Combine(Repository.Root, "images/package/node-agent.toml"), TestContext.Current.CancellationToken);
        node.Write(Config, ExamplePattern().Replace(text, ""));
        var run = await Agent.RunAsync(node, "config", "check");
        Assert.True(run.ExitCode == 0, run.Errors);
        Assert.Contains("1 init script, 3 file systems.", run.Output, StringComparison.Ordinal);
    }

    /// <returns>The directories that the path is in, below /usr/share/doc.</returns>
    private static IEnumerable<string> Above(string path) =>
        Path.GetDirectoryName(path) is { } parent && parent.StartsWith(Documents, StringComparison.Ordinal)
            ? [parent, .. Above(parent)]
            : [];

    private static async Task<string[]> LinesAsync(params string[] command) =>
        (await Packages.SayAsync(command)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <returns>The newest glibc version that the executable requires.</returns>
    private static async Task<string> GlibcAsync() =>
        VersionPattern().Matches(await Packages.SayAsync("readelf", "--version-info", "--wide", Agent.Executable))
            .Select(match => match.Groups[1].Value).MaxBy(Version.Parse)!;

    [GeneratedRegex(
        @"^(/bin/sh|(ld-linux-x86-64|libc|libm|libdl|libpthread|librt)\.so\.[0-9](\((GLIBC_[0-9.]+)?\))?\(64bit\)|rtld\(GNU_HASH\)"
            + @"|rpmlib\((CompressedFileNames|FileDigests|PayloadFilesHavePrefix|PayloadIsXz)\) <= \S+)$",
        RegexOptions.ExplicitCapture)]
    private static partial Regex RequiredPattern();

    [GeneratedRegex(@"GLIBC_([0-9.]+)")]
    private static partial Regex VersionPattern();

    // Examples have no space after #, comments have one.
    [GeneratedRegex(@"^#(?=[a-z\[])", RegexOptions.Multiline)]
    private static partial Regex ExamplePattern();
}
