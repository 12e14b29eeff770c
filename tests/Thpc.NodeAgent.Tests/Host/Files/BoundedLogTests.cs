using CsCheck;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Tests.Text;

namespace Thpc.NodeAgent.Tests.Host.Files;

public sealed class BoundedLogTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("thpc-log-").FullName;

    private string Log => Path.Combine(_directory, "init-script-1.log");

    [Fact]
    public void Complete_log_has_head_number_of_dropped_bytes_and_tail() =>
        HeadTailBufferTests.Streams.Sample(
            stream =>
            {
                using (var log = new BoundedLog(Log, stream.Head, stream.Tail))
                {
                    Array.ForEach(stream.Pieces, piece => log.Add(piece));
                    log.Complete();
                }

                Assert.Equal(HeadTailBufferTests.Expected(stream.Pieces, stream.Head, stream.Tail), File.ReadAllBytes(Log));
            },
            threads: 1);

    /// <summary>Another program has written the head.</summary>
    [Fact]
    public void Log_with_a_head_is_continued() =>
        HeadTailBufferTests.Streams.Where(stream => stream.Pieces.Sum(piece => piece.Length) > stream.Head && stream.Head > 0).Sample(
            stream =>
            {
                byte[] all = [.. stream.Pieces.SelectMany(piece => piece)];
                File.WriteAllBytes(Log, all[..stream.Head]);
                using (var log = BoundedLog.Continue(Log, stream.Head, stream.Tail))
                {
                    log.Add(all.AsSpan(stream.Head));
                    log.Complete();
                }

                Assert.Equal(HeadTailBufferTests.Expected(stream.Pieces, stream.Head, stream.Tail), File.ReadAllBytes(Log));
            },
            threads: 1);

    [Fact]
    public void Output_is_visible_at_once_and_the_size_is_bounded()
    {
        using var log = new BoundedLog(Log, 10, 20);
        log.Add("first"u8);
        Assert.Equal("first", File.ReadAllText(Log));
        log.Add(new byte[1000]);
        Assert.Equal(30, new FileInfo(Log).Length);
    }

    [Fact]
    public void Log_is_private_and_a_link_at_its_path_is_not_followed()
    {
        var victim = Path.Combine(_directory, "victim");
        File.WriteAllText(victim, "mine");
        File.CreateSymbolicLink(Log, victim);
        using var log = new BoundedLog(Log);
        log.Add("x"u8);
        Assert.Equal("mine", File.ReadAllText(victim));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Log));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
