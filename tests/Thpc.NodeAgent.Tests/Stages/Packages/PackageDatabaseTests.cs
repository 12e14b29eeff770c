using System.Globalization;
using System.Text;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Stages.Packages;

namespace Thpc.NodeAgent.Tests.Stages.Packages;

public sealed class PackageDatabaseTests
{
    private const string Status = """
        Package: munge
        Status: install ok installed
        Architecture: amd64
        Version: 0.5.15-2

        Package: slurmd
        Status: deinstall ok config-files
        Architecture: amd64
        Version: 22.05

        Package: half
        Status: install ok half-configured
        Architecture: amd64
        Version: 1

        Package: site-slurm
        Status: hold ok installed
        Architecture: amd64
        Version: 23.02
        Provides: slurm-client (= 23.02), slurm-tools
        Conffiles:
         /etc/slurm/slurm.conf 0123
        """;

    [Theory]
    [InlineData("munge", "munge 0.5.15-2")]
    [InlineData("slurmd", null)]
    [InlineData("half", null)]
    [InlineData("slurm-client", "site-slurm 23.02")]
    [InlineData("nothing", null)]
    public void Only_configured_packages_and_their_provides_count(string name, string? expected)
    {
        var status = new DpkgStatus(new HashSet<string> { name });
        status.Add(Encoding.UTF8.GetBytes(Status));

        Assert.Equal(expected, status.Installed.GetValueOrDefault(name) is { } package ? $"{package.Name} {package.Version}" : null);
    }

    [Fact]
    public void Journal_entry_overrides_status_file()
    {
        var status = new DpkgStatus(new HashSet<string> { "munge", "half" });
        status.Add(Encoding.UTF8.GetBytes(Status));
        status.Add("Package: munge\nStatus: install ok unpacked\nArchitecture: amd64\nVersion: 0.5.16\n"u8);
        status.Add("\n\nPackage: half\nStatus: install ok triggers-pending\nArchitecture: amd64\nVersion: 1"u8);

        Assert.Equal(["half"], status.Installed.Keys);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(60_000)]
    [InlineData(300_000)]
    public void Stanzas_are_parsed_across_chunk_borders(int length)
    {
        var filler = $"Package: filler\nDescription: {new string('x', length)}\n\n";
        var status = new DpkgStatus(new HashSet<string> { "munge", "slurm-client" });
        using var file =
            new MemoryStream(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(filler, 1 + (200_000 / length))) + Status));

        status.Add(file);

        Assert.Equal(["munge", "slurm-client"], status.Installed.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("\n\n", false)]
    [InlineData("nonsense", false)]
    [InlineData("Package: a\nStatus: install ok installed\n\n\0\0\0\0", false)]
    [InlineData("Package: a\nStatus: install ok installed\n", true)]
    public void Damaged_status_file_is_recognised(string text, bool expected)
    {
        var status = new DpkgStatus(new HashSet<string> { "munge" });
        status.Add(Encoding.UTF8.GetBytes(text));
        Assert.Equal(expected, status.IsWhole);
    }

    [Theory]
    [InlineData("bash\t5-1\tbash\nmunge\t0.5.13-1\tmunge\tmunge(x86-64)\nno package provides slurm-slurmd\n",
        "bash=bash 5-1, munge=munge 0.5.13-1")]
    [InlineData("glibc\t2-1\nsite-slurmd\t1:23.02-1\tsite-slurmd\tslurm-slurmd\nno package provides munge\n",
        "glibc=glibc 2-1, slurm-slurmd=site-slurmd 1:23.02-1")]
    [InlineData("rpm\t4-1\tbash\nno package provides munge\nno package provides slurm-slurmd\n", "bash=rpm 4-1, rpm=rpm 4-1")]
    [InlineData("no package provides munge\nno package provides slurm-slurmd\nno package provides bash\n", null)]
    [InlineData("munge\t0.5.13-1\tmunge\nno package provides slurm-slurmd\n", null)]
    [InlineData("bash\t5-1\tbash\nerror: sqlite failure: database disk image is malformed\nno package provides munge\nno package "
        + "provides slurm-slurmd\n", null)]
    [InlineData("bash\t5-1\tbash\n", null)]
    [InlineData("", null)]
    public void Incomplete_rpm_output_is_rejected(string output, string? expected)
    {
        var installed = RpmQuery.Parse(output, ["munge", "slurm-slurmd"]);

        Assert.Equal(
            expected,
            installed is null
                ? null
                : string.Join(
                    ", ", installed.OrderBy(pair => pair.Key, StringComparer.Ordinal)
                        .Select(pair => $"{pair.Key}={pair.Value.Name} {pair.Value.Version}")));
    }

    [Fact]
    public async Task Packages_of_this_machine_match_dpkg_query()
    {
        Assert.SkipUnless(ProgramFinder.Find(new NodeRoot("/"), "dpkg-query") is not null, "this machine has no dpkg");
        var list = Path.GetTempFileName();
        try
        {
            var asked = await ProgramRunner.RunAsync(
                ["sh", "-c", "dpkg-query -W -f '${Package}\\t${db:Status-Status}\\t${Version}\\n' >\"$1\"", "sh", list],
                TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            Assert.True(asked.Succeeded, asked.Output);
            var lines =
                (await File.ReadAllLinesAsync(list, TestContext.Current.CancellationToken)).Select(line => line.Split('\t')).ToList();
            var names = lines.Select(line => line[0]).ToHashSet();

            var installed = await new PackageDatabase(new NodeRoot("/")).InstalledAsync(
                PackageFamily.Apt, names, TestContext.Current.CancellationToken);

            Assert.True(names.Count > 50, names.Count.ToString(CultureInfo.InvariantCulture));
            foreach (var line in lines.Where(line => line[1] == "installed"))
            {
                Assert.Contains(lines, other => other[0] == line[0] && other[2] == installed[line[0]].Version);
            }
        }
        finally
        {
            File.Delete(list);
        }
    }
}
