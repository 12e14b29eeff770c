using System.Diagnostics;
using System.Text.Json;

namespace Thpc.NodeAgent.Tests.Support;

/// <summary>One request as the stand-in's log has it.</summary>
/// <param name="Signed">Null where no signature was asked for.</param>
internal sealed record StandinRequest(string Host, string Path, int Status, bool? Signed, string? Fault);

/// <summary>tests/cos-standin/cos_standin.py over a directory of its own, until it is disposed of or the tests end.</summary>
internal sealed class CosStandin : IDisposable
{
    /// <summary>What every key of a script is served as, unless a test puts something else there.</summary>
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

    /// <summary>ca, good, other-name, expired, self-signed: each .pem and .key.</summary>
    public static string Certificates => CertificateDirectory.Value;

    /// <summary>Starts one that serves echo.sh.</summary>
    /// <param name="options">As `cos_standin.py --help` has them.</param>
    public static async Task<CosStandin> StartAsync(params string[] options)
    {
        var directory = Directory.CreateTempSubdirectory("cos-standin-").FullName;
        var process = Process.Start(StartInfo(directory, options))!;
        try
        {
            // It says its address once it listens.
            using var timer = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            _ = await process.StandardOutput.ReadLineAsync(timer.Token) ?? throw new InvalidOperationException("the stand-in ended at once: " + await process.StandardError.ReadToEndAsync(timer.Token));
            return new CosStandin(process, directory);
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    /// <summary>Starts one that wants signatures.</summary>
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

    /// <summary>What its metadata service answers from now on; nothing at first. The names are in `cos_standin.py --help`.</summary>
    public void PutMetadata(object answers)
    {
        var file = Path.Combine(_directory, "metadata");
        File.WriteAllText(file + ".new", JsonSerializer.Serialize(answers));
        File.Move(file + ".new", file, overwrite: true);
    }

    public IReadOnlyList<StandinRequest> Requests() => Requests(_directory, _ => true);

    public IReadOnlyList<StandinRequest> Requests(string path) => Requests(_directory, request => request.Path == path);

    /// <summary>Of one that was started by <see cref="StartInfo"/> over that directory.</summary>
    public static IReadOnlyList<StandinRequest> Requests(string directory, Func<StandinRequest, bool> which) => [.. File.ReadLines(Path.Combine(directory, "log")).Select(Request).Where(which)];

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>The command that starts one, for those who start it elsewhere, as in another network namespace.</summary>
    public static ProcessStartInfo StartInfo(string directory, params string[] options)
    {
        Directory.CreateDirectory(Path.Combine(directory, "bucket"));
        File.WriteAllText(Path.Combine(directory, "bucket", "echo.sh"), Script);
        File.WriteAllText(Path.Combine(directory, "log"), "");
        File.WriteAllText(Path.Combine(directory, "metadata"), "{}");
        return new ProcessStartInfo(
            "python3",
            [
                Path.Combine(Agent.Repository, "tests/cos-standin/cos_standin.py"), "--root", Path.Combine(directory, "bucket"), "--log", Path.Combine(directory, "log"),
                "--metadata", Path.Combine(directory, "metadata"), "--ready-file", Path.Combine(directory, "ready"), "--end-with-stdin", .. options,
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
        using var process = Process.Start(Path.Combine(Agent.Repository, "tests/cos-standin/make-certs.sh"), [directory]);
        process.WaitForExit();
        return process.ExitCode == 0 ? directory : throw new InvalidOperationException("make-certs.sh failed");
    }
}

/// <summary>A stand-in that wants no signature, for all tests of a class.</summary>
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
