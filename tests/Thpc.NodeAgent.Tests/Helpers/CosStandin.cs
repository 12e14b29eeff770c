using System.Diagnostics;
using System.Text.Json;

namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>A request in the stand-in's log.</summary>
/// <param name="Signed">Null if the stand-in requires no signature.</param>
internal sealed record StandinRequest(string Host, string Path, int Status, bool? Signed, string? Fault);

/// <summary>Runs tests/cos-standin/cos_standin.py with a temporary directory.</summary>
internal sealed class CosStandin : IDisposable
{
    /// <summary>The content of echo.sh.</summary>
    public const string Script = "#!/bin/sh\necho from-cos\n";

    public const string Host = "demo-1250000000.cos.ap-guangzhou.myqcloud.com";

    private static readonly Lazy<string> CertificateDirectory = new(MakeCertificates);
    private readonly Process _process;
    private readonly string _directory;

    private CosStandin(Process process, string directory)
    {
        _process = process;
        _directory = directory;
        Url = new Uri(File.ReadAllText(Path.Combine(directory, "ready")).Trim());
    }

    public Uri Url { get; }

    /// <summary>The directory of the certificates ca, good, other-name, expired and self-signed, each as .pem and .key.</summary>
    public static string Certificates => CertificateDirectory.Value;

    /// <summary>Starts a stand-in that serves echo.sh.</summary>
    /// <param name="options">See `cos_standin.py --help`.</param>
    public static async Task<CosStandin> StartAsync(params string[] options)
    {
        var directory = Directory.CreateTempSubdirectory("cos-standin-").FullName;
        var process = Process.Start(StartInfo(directory, options))!;
        try
        {
            // The stand-in prints its address when it listens.
            using var timer = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            _ = await process.StandardOutput.ReadLineAsync(timer.Token) ?? throw new InvalidOperationException(
                "the stand-in exited immediately: " + await process.StandardError.ReadToEndAsync(timer.Token));
            return new CosStandin(process, directory);
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    /// <summary>Starts a stand-in that requires signatures.</summary>
    public static Task<CosStandin> StartSignedAsync(string id, string key, string? token, params string[] options) =>
        StartAsync([.. options, "--secret-id", id, "--secret-key", key, .. token is null ? (string[])[] : ["--token", token]]);

    /// <summary>cos:// and a key, so that the host is that of a real bucket.</summary>
    public static Uri Location(string key) => new($"cos://{Host}/{key}");

    public void Put(string key, byte[] content)
    {
        var path = Path.Combine(_directory, "bucket", key);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
    }

    /// <summary>Sets the answers of the metadata service, which are empty at first. For names see `cos_standin.py --help`.</summary>
    public void PutMetadata(object answers)
    {
        var file = Path.Combine(_directory, "metadata");
        File.WriteAllText(file + ".new", JsonSerializer.Serialize(answers));
        File.Move(file + ".new", file, overwrite: true);
    }

    public IReadOnlyList<StandinRequest> Requests() => Requests(_directory, _ => true);

    public IReadOnlyList<StandinRequest> Requests(string path) => Requests(_directory, request => request.Path == path);

    /// <returns>The requests to a stand-in that was started by <see cref="StartInfo"/> with this directory.</returns>
    public static IReadOnlyList<StandinRequest> Requests(string directory, Func<StandinRequest, bool> which) =>
        [.. File.ReadLines(Path.Combine(directory, "log")).Select(Request).Where(which)];

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <returns>The command that starts a stand-in, for example in another network namespace.</returns>
    public static ProcessStartInfo StartInfo(string directory, params string[] options)
    {
        Directory.CreateDirectory(Path.Combine(directory, "bucket"));
        File.WriteAllText(Path.Combine(directory, "bucket", "echo.sh"), Script);
        File.WriteAllText(Path.Combine(directory, "log"), "");
        File.WriteAllText(Path.Combine(directory, "metadata"), "{}");
        return new ProcessStartInfo(
            "python3",
            [
                Path.Combine(Repository.Root, "tests/cos-standin/cos_standin.py"), "--root", Path.Combine(directory, "bucket"), "--log",
                Path.Combine(directory, "log"),
                "--metadata", Path.Combine(directory, "metadata"), "--ready-file", Path.Combine(directory, "ready"), "--end-with-stdin",
                .. options,
            ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
    }

    private static StandinRequest Request(string line)
    {
        using var document = JsonDocument.Parse(line);
        var entry = document.RootElement;
        var signed = entry.GetProperty("signed");
        return new StandinRequest(
            entry.GetProperty("host").GetString()!,
            entry.GetProperty("path").GetString()!,
            entry.GetProperty("status").GetInt32(),
            signed.ValueKind == JsonValueKind.Null ? null : signed.GetBoolean(),
            entry.GetProperty("fault").GetString());
    }

    private static string MakeCertificates()
    {
        var directory = Directory.CreateTempSubdirectory("cos-standin-certs-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(directory, recursive: true);
        using var process = Process.Start(Path.Combine(Repository.Root, "tests/cos-standin/make-certs.sh"), [directory]);
        process.WaitForExit();
        return process.ExitCode == 0 ? directory : throw new InvalidOperationException("make-certs.sh failed");
    }
}

/// <summary>A stand-in without signatures, shared by all tests of a class.</summary>
public sealed class OpenStandin : IAsyncLifetime
{
    internal CosStandin Open { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Open = await CosStandin.StartAsync();

    public ValueTask DisposeAsync()
    {
        Open.Dispose();
        return ValueTask.CompletedTask;
    }
}
