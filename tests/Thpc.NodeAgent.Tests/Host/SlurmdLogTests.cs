using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Tests.Host;

/// <summary>The lines are those of slurmd 22.05.8 (Debian 12), by journalctl of systemd 252 and from its log file.</summary>
public sealed class SlurmdLogTests
{
    private const string Journal = """
        [11610.225734] node1 systemd[1]: Started slurmd.service - Slurm node daemon.
        [11610.253963] node1 slurmd[174]: slurmd: slurmd version 22.05.8 started
        [11610.255059] node1 slurmd[174]: slurmd: error:  mpi/pmix_v4: init: (null) [0]: mpi_pmix.c:195: pmi/pmix: can not load PMIx library
        [11610.258530] node1 slurmd[174]: slurmd: CPUs=1 Boards=1 Sockets=1 Cores=1 Threads=1 Memory=24105 TmpDisk=12052 Uptime=11611
        [11620.000001] node1 slurmd[174]: slurmd: error: Unable to register: Unable to contact slurm controller (connect failure)
        [11621.500000] node1 slurmd[174]: slurmd: debug:  _handle_node_reg_resp: slurmctld sent back 8 TRES.
        [11640.101358] node1 slurmd[174]: slurmd: Launching batch job 1 for UID 0
        [11650.101358] node1 slurmd[174]: slurmd: Launching batch job 2 for UID 0
        """;

    [Fact]
    public void Journal_tells_when_slurmd_asks_is_registered_and_gets_a_job()
    {
        var log = SlurmdLog.From(SlurmdLog.JournalLines(Journal), sinceUs: 0);
        Assert.Equal(
            new SlurmdLog(
                11_610_258_530, 11_621_500_000, 11_640_101_358,
                "Unable to register: Unable to contact slurm controller (connect failure)"),
            log);
    }

    [Fact]
    public void Journal_of_Slurm_26()
    {
        const string Lines = """
            [42775.400331] node1 slurmd[1080]: [2026-11-30T09:23:22.400] CPUs=1 Boards=1 Sockets=1 Cores=1 Threads=1 Memory=24105
            [42778.500006] node1 slurmd[1080]: [2026-11-30T09:23:25.499] debug:  _handle_node_reg_resp: slurmctld sent back 8 TRES.
            [42782.003400] node1 slurmd[1080]: [2026-11-30T09:23:29.003] Launching batch JobId=1 SLUID=s8P9M8NW8D4300 for UID 0
            """;
        Assert.Equal(
            new SlurmdLog(42_775_400_331, 42_778_500_006, 42_782_003_400, null),
            SlurmdLog.From(SlurmdLog.JournalLines(Lines), sinceUs: 0));
    }

    [Fact]
    public void Lines_of_systemd_about_the_unit_and_lines_before_the_start_do_not_count()
    {
        Assert.Null(SlurmdLog.From(SlurmdLog.JournalLines(Journal.Split('\n')[0]), sinceUs: 0));
        Assert.Equal(11_650_101_358, SlurmdLog.From(SlurmdLog.JournalLines(Journal), sinceUs: 11_641_000_000)!.FirstJobUs);
    }

    [Theory]
    [InlineData("[2026-11-30T00:00:10.500+00:00] Launching batch job 1 for UID 0")]
    [InlineData("[2026-11-30T08:00:10.500+08:00] launch task StepId=1.0 request from UID:0 GID:0 HOST:10.9.0.1 PORT:4242")]
    public void Log_file_of_any_time_zone(string line)
    {
        var lines = SlurmdLog.FileLines(line + "\nno time\n", new DateTimeOffset(2026, 11, 30, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal(10_500_000, SlurmdLog.From(lines, sinceUs: 0)!.FirstJobUs);
    }

    [Fact]
    public void Log_file_without_a_zone_is_local_time()
    {
        var local = new DateTimeOffset(new DateTime(2026, 11, 30, 0, 0, 0, DateTimeKind.Local));
        var lines = SlurmdLog.FileLines("[2026-11-30T00:00:10] Launching batch job 1 for UID 0\n", local);
        Assert.Equal(10_000_000, Assert.Single(lines).AtUs);
    }

    [Theory]
    [InlineData("ClusterName=hpc\nSlurmdLogFile=/var/log/slurmd.log\n", "/var/log/slurmd.log")]
    [InlineData("slurmdlogfile = /var/log/slurm/slurmd.log # a comment\n", "/var/log/slurm/slurmd.log")]
    [InlineData("SlurmdLogFile=/var/log/slurmd.%n.log\n", null)]
    [InlineData("#SlurmdLogFile=/var/log/slurmd.log\n", null)]
    [InlineData("", null)]
    public void Log_file_of_the_configuration(string configuration, string? path) =>
        Assert.Equal(path, SlurmdLog.LogFile(configuration));

    [Theory]
    [InlineData("<6>[    1.234567] Run /init as init process\n", 1_234_567)]
    [InlineData("<6>[    0.5] Freeing memory\n<6>[   12.000001][    T1] Run /init as init process\n", 12_000_001)]
    [InlineData("<6>[    1.234567] Run /sbin/init as init process\n", null)]
    [InlineData("", null)]
    public void Start_of_the_initrd_by_the_kernels_log(string log, int? us) => Assert.Equal(us, KernelLog.FindInitrdStart(log));
}
