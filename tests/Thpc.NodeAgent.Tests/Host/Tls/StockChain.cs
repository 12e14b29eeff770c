using System.Diagnostics;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Thpc.NodeAgent.Tests.Host.Tls;

/// <summary>
/// .NET's own verdict: by the authorities of SSL_CERT_FILE and SSL_CERT_DIR, which it reads once. So each verdict takes a process of its own.
/// </summary>
internal static class StockChain
{
    private const string Request = "THPC_TEST_STOCK_CHAIN";

    /// <returns>`good`, or SslStream's sentence.</returns>
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

    /// <summary>The name's part of what SslStream would find.</summary>
    public static SslPolicyErrors NameErrors(X509Certificate2 leaf, string host) =>
        leaf.MatchesHostname(host, allowWildcards: true, allowCommonName: true) ? SslPolicyErrors.None : SslPolicyErrors.RemoteCertificateNameMismatch;

    /// <summary>Before anything else of a process that was started for a verdict.</summary>
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

        // SslStream's own sentences, its resources net_ssl_io_cert_chain_validation and net_ssl_io_cert_validation.
        Console.WriteLine(errors switch
        {
            SslPolicyErrors.None => "good",
            SslPolicyErrors.RemoteCertificateChainErrors => $"The remote certificate is invalid because of errors in the certificate chain: {status}",
            _ => $"The remote certificate is invalid according to the validation procedure: {errors}",
        });
        Environment.Exit(0);
    }
}
