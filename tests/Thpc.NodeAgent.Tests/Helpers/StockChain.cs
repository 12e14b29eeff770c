using System.Diagnostics;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>
/// .NET's own result. It reads SSL_CERT_FILE and SSL_CERT_DIR only once, so each result needs a new process.
/// </summary>
internal static class StockChain
{
    private const string Request = "THPC_TEST_STOCK_CHAIN";

    /// <returns>`good`, or SslStream's message.</returns>
    public static async Task<string> VerdictAsync(string directory, string host, CancellationToken cancel)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        start.Environment[Request] = host;
        start.Environment["SSL_CERT_FILE"] = Path.Combine(directory, "bundle.pem");
        start.Environment["SSL_CERT_DIR"] = Path.Combine(directory, "authorities");
        start.Environment["HOME"] = directory;
        start.Environment["DOTNET_TieredPGO"] = "0";
        using var process = Process.Start(start)!;
        var verdict = await process.StandardOutput.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);
        return process.ExitCode == 0 ? verdict.Trim() : throw new InvalidOperationException($"exit {process.ExitCode}: {verdict}");
    }

    /// <summary>Whether SslStream would report a wrong name.</summary>
    public static SslPolicyErrors NameErrors(X509Certificate2 leaf, string host) =>
        leaf.MatchesHostname(host, allowWildcards: true, allowCommonName: true)
            ? SslPolicyErrors.None
            : SslPolicyErrors.RemoteCertificateNameMismatch;

    /// <summary>Runs first in a process that was started for a result.</summary>
    [ModuleInitializer]
    internal static void Answer()
    {
        if (Environment.GetEnvironmentVariable(Request) is not { } host)
        {
            return;
        }

        var directory = Path.GetDirectoryName(Environment.GetEnvironmentVariable("SSL_CERT_FILE"))!;
        var leaf = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(directory, "leaf.der"));
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(Content.ServerPurpose));
        foreach (var sent in Directory.GetFiles(directory, "sent-*.der").Order(StringComparer.Ordinal))
        {
            chain.ChainPolicy.ExtraStore.Add(X509CertificateLoader.LoadCertificateFromFile(sent));
        }

        var errors = NameErrors(leaf, host);
        var status = X509ChainStatusFlags.NoError;
        if (!chain.Build(leaf))
        {
            errors |= SslPolicyErrors.RemoteCertificateChainErrors;
            status = chain.ChainStatus.Aggregate(status, (all, one) => all | one.Status);
        }

        // SslStream's own messages, its resources net_ssl_io_cert_chain_validation and net_ssl_io_cert_validation.
        Console.WriteLine(errors switch
        {
            SslPolicyErrors.None => "good",
            SslPolicyErrors.RemoteCertificateChainErrors =>
                $"The remote certificate is invalid because of errors in the certificate chain: {status}",
            _ => $"The remote certificate is invalid according to the validation procedure: {errors}",
        });
        Environment.Exit(0);
    }
}
