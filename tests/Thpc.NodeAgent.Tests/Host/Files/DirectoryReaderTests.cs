using CsCheck;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Tests.Host.Files;

public sealed class DirectoryReaderTests
{
    private const int MaxBytes = 1 << 20;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private enum Kind
    {
        Report,
        CutReport,
        Bytes,
        Json,
        Empty,
        Huge,
        Folder,
        Link,
        DeadLink,
        Hidden,
        Other,
    }

    [Fact]
    public async Task Every_file_is_parsed_or_has_a_problem() =>
        await Gen.Select(Gen.Enum<Kind>().Array[0, 12], Gen.Byte.Array[0, 400], Reports.Any, Gen.Double[0, 0.99]).SampleAsync(
            async (kinds, bytes, report, cut) =>
            {
                var directory = Directory.CreateTempSubdirectory("thpc-folder-").FullName;
                try
                {
                    for (var i = 0; i < kinds.Length; i++)
                    {
                        Make(directory, $"{i} \u00e9\\'<.json", kinds[i], bytes, ReportJson.Write(report), cut);
                    }

                    var files = await DirectoryReader.ReadAsync<Report>(
                        directory, ".json", MaxBytes, ReportJson.Read, "is no report", Limit, CancellationToken.None);
                    Assert.Equal(kinds.Count(kind => kind is not (Kind.Hidden or Kind.Other)), files.Count);
                    Assert.Equal(kinds.Count(kind => kind == Kind.Report), files.Count(file => file.Content is not null));
                    Assert.All(files, file => Assert.NotEqual(file.Content is null, file.Problem is null));
                }
                finally
                {
                    Directory.Delete(directory, recursive: true);
                }
            },
            iter: 60);

    [Fact]
    public async Task Files_up_to_the_maximum_size_are_read_completely()
    {
        var directory = Directory.CreateTempSubdirectory("thpc-folder-").FullName;
        int[] lengths = [0, 1, 16_383, 16_384, 16_385, 200_000, 999_999, 1_000_000];
        foreach (var length in lengths)
        {
            await File.WriteAllBytesAsync(Path.Combine(directory, $"{length}.x"), Content(length), TestContext.Current.CancellationToken);
        }

        var files =
            await DirectoryReader.ReadAsync(directory, ".x", 1_000_000, content => content.ToArray(), "", Limit, CancellationToken.None);
        Assert.Equal(lengths.Length, files.Count);
        Assert.All(
            files, file =>
                Assert.Equal(Content(int.Parse(file.Name[..^2], System.Globalization.CultureInfo.InvariantCulture)), file.Content));
        Directory.Delete(directory, recursive: true);
    }

    /// <summary>On NFS, readers wait for the server nearly all the time.</summary>
    [Fact]
    public async Task Files_are_read_in_parallel()
    {
        const int Together = 32;
        var directory = Directory.CreateTempSubdirectory("thpc-folder-").FullName;
        for (var i = 0; i < 2 * Together; i++)
        {
            await File.WriteAllTextAsync(Path.Combine(directory, $"{i}.x"), "", TestContext.Current.CancellationToken);
        }

        using var together = new Barrier(Together);
        var files = await DirectoryReader.ReadAsync(
            directory, ".x", MaxBytes, _ => together.SignalAndWait(Limit) ? "read" : null, "alone", Limit, CancellationToken.None);
        Assert.All(files, file => Assert.Null(file.Problem));
        Directory.Delete(directory, recursive: true);
    }

    private static byte[] Content(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i * 31 >> 3))];

    private static void Make(string directory, string name, Kind kind, byte[] bytes, byte[] report, double cut)
    {
        var path = Path.Combine(directory, name);
        switch (kind)
        {
            case Kind.Folder:
                Directory.CreateDirectory(path);
                break;
            case Kind.Link:
                File.WriteAllBytes(path + ".target", report);
                File.CreateSymbolicLink(path, path + ".target");
                break;
            case Kind.DeadLink:
                File.CreateSymbolicLink(path, "/no/such");
                break;
            default:
                File.WriteAllBytes(
                    kind switch { Kind.Hidden => Path.Combine(directory, "." + name), Kind.Other => path + ".tmp", _ => path },
                    kind switch
                    {
                        Kind.CutReport => report[..(int)((report.Length - 3) * cut)],
                        Kind.Bytes => bytes,
                        Kind.Json => "{\"stages\":[null],\"outcome\":\"\\ud800\"}"u8.ToArray(),
                        Kind.Empty => [],
                        Kind.Huge => new byte[MaxBytes + 1],
                        _ => report,
                    });
                break;
        }
    }
}
