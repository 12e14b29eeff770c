using CsCheck;
using Thpc.NodeAgent.Doctor.Checks;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Network;
using Thpc.NodeAgent.Stages.Mount;

namespace Thpc.NodeAgent.Tests.Stages.Mount;

public sealed class NfsIntervalTests
{
    private static readonly Gen<NfsOperation> AnyOperation = Gen.Select(
        Gen.Int[0, 2].Select(i => new[] { "READ", "WRITE", "GETATTR" }[i]), Gen.Long[1, 50], Gen.Long[0, 100], Gen.Long[0, 100_000],
        (name, count, sent, milliseconds) => new NfsOperation(name, count, sent, milliseconds));

    private static readonly Gen<NfsOperation[]> AnyCounters = AnyOperation.Array[0, 4]
        .Select(operations => operations.DistinctBy(operation => operation.Name).ToArray());

    [Fact]
    public void Requests_that_wait_on_the_client_are_not_a_slow_server()
    {
        var interval = NfsInterval.Compare("/mnt", null, MountStatistics.Parse(NfsReadings.Loaded)[0], 0)!;
        Assert.Equal((9503, 12_674, 0), (interval.Seconds, interval.Requests, interval.Resent));
        Assert.Equal(("READ", 503), (interval.Slowest, interval.Milliseconds));
        Assert.Null(interval.Problem);
    }

    [Theory]
    [InlineData(3, 3000, true)]
    [InlineData(3, 2997, false)]
    [InlineData(2, 20_000, false)]
    [InlineData(6, 12_000, true)]
    public void Three_answers_of_a_second_are_slow(long count, long milliseconds, bool slow) =>
        Assert.Equal(slow, Since([new("READ", count, count, milliseconds), new("WRITE", 900, 900, 900)]).IsSlow);

    [Theory]
    [InlineData(10, 12, true)]
    [InlineData(40, 42, true)]
    [InlineData(41, 43, false)]
    [InlineData(5, 6, false)]
    [InlineData(1000, 1049, false)]
    [InlineData(1000, 1200, true)]
    public void Two_requests_sent_again_and_a_twentieth_are_lost_answers(long count, long sent, bool lost) =>
        Assert.Equal(lost, Since([new("READ", count, sent, 0)]).LosesAnswers);

    [Fact]
    public void Only_requests_since_the_earlier_reading_count()
    {
        var interval = Compare([new("READ", 1000, 1500, 900_000)], [new("READ", 1010, 1510, 900_100)])!;
        Assert.Equal((100, 10, 0, 10), (interval.Seconds, interval.Requests, interval.Resent, interval.Milliseconds));
        Assert.Null(interval.Problem);
        var slow = Compare([new("READ", 1_000_000, 1_000_000, 9000)], [new("READ", 1_000_004, 1_000_005, 17_000)])!;
        Assert.Equal("/data (a:/): in the last 100 s READ took 2000 ms on average of 4", slow.Problem?.English);
    }

    [Fact]
    public void Message_names_both_reasons()
    {
        var problem = Since([new("READ", 10, 15, 20_000)]).Problem;
        Assert.Equal(
            "/data (a:/): in the last 300 s 5 requests of 10 were sent again, and READ took 2000 ms on average of 10", problem?.English);
        Assert.Equal("/data（a:/）：最近 300 秒内，有 5 次请求重发，请求总数 10，且 READ 平均耗时 2000 毫秒，共 10 次", problem?.Chinese);
    }

    [Fact]
    public void Unused_mount_is_well()
    {
        var interval = Compare([new("READ", 5, 9, 90_000)], [new("READ", 5, 9, 90_000)])!;
        Assert.Equal((0, null, null), (interval.Requests, interval.Slowest, interval.Problem));
    }

    [Fact]
    public void Counters_that_go_back_give_no_verdict() => Gen.Select(AnyCounters, AnyCounters).Sample((before, now) =>
    {
        var back = before.Any(old => Counters(now, 300).Find(old.Name) is var operation
            && (operation.Count < old.Count || operation.Sent < old.Sent || operation.Milliseconds < old.Milliseconds));
        Assert.Equal(back, Compare(before, now) is null);
    });

    [Theory]
    [InlineData(200, "a:/", 300, true)]
    [InlineData(200, "a:/", 298, true)]
    [InlineData(200, "a:/", 290, false)]
    [InlineData(200, "a:/", 5, false)]
    [InlineData(200, "b:/", 300, false)]
    public void Another_mount_gives_no_verdict(long before, string source, long now, bool verdict) =>
        Assert.Equal(verdict, NfsInterval.Compare(
            "/data", Counters([], before), Counters([new("READ", 9, 9, 99_000)], now, source), 100)?.IsSlow == true);

    [Fact]
    public void Doctor_warns_of_each_sick_mount_alone()
    {
        var sick = Since([new("READ", 10, 10, 20_000)]);
        var well = Since([new("READ", 10, 10, 20)]);
        Assert.Equal([$"Warn {sick.Problem}"], Verdicts(sick, well));
        Assert.Equal(["Ok no NFS server is slow or loses requests"], Verdicts(well));
        Assert.Empty(Verdicts());
    }

    [Fact]
    public void Doctor_warns_of_lost_packets()
    {
        var well = Since([new("READ", 10, 10, 20)]);
        var lossy = new TcpInterval(120, new TcpCounters(0, 0), new TcpCounters(100, 20));
        var clean = new TcpInterval(120, new TcpCounters(0, 0), new TcpCounters(100, 1));
        Assert.Equal([$"Warn {lossy.Problem}"], Judge(new NfsReading([well], lossy)));
        Assert.Equal(["Ok no NFS server is slow or loses requests"], Judge(new NfsReading([well], clean)));
    }

    private static IEnumerable<string> Verdicts(params NfsInterval[] intervals) => Judge(new NfsReading(intervals, null));

    private static IEnumerable<string> Judge(NfsReading reading) =>
        StorageChecks.Judge(reading).Select(result => $"{result.Verdict} {result.Text}");

    private static NfsInterval Since(NfsOperation[] now) => NfsInterval.Compare("/data", null, Counters(now, 300), 0)!;

    private static NfsInterval? Compare(NfsOperation[] before, NfsOperation[] now) =>
        NfsInterval.Compare("/data", Counters(before, 200), Counters(now, 300), 100);

    private static NfsCounters Counters(NfsOperation[] operations, long age, string source = "a:/")
    {
        var counters = new NfsCounters("device", "/data", source) { Age = age };
        counters.Operations.AddRange(operations);
        return counters;
    }
}
