using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Thpc.NodeAgent.Host.Files;

namespace Thpc.NodeAgent.Host.Network.Tls;

/// <summary>
/// The certificate authorities of this machine: those of a bundle, and of each file of some directories. To parse all of them takes
/// 50 ms; to find those with a given name in the bundle takes one.
/// </summary>
/// <param name="bundle">A PEM file; null where there is none.</param>
internal sealed class CertificateAuthorities(string? bundle, IReadOnlyList<string> directories)
{
    private const int MaxFileBytes = 64 << 20;

    private static readonly string[] Bundles =
    [
        "/etc/ssl/certs/ca-certificates.crt",                // Debian, Ubuntu
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // RHEL, CentOS, TencentOS, openEuler
        "/etc/pki/tls/certs/ca-bundle.crt",                  // the same, older
        "/etc/ssl/ca-bundle.pem",                            // SUSE
        "/var/lib/ca-certificates/ca-bundle.pem",            // the same, where the link leads to
        "/etc/ssl/cert.pem",                                 // Alpine
    ];

    /// <summary>By SSL_CERT_FILE and SSL_CERT_DIR as .NET and OpenSSL read them; else the first bundle that is there, and /etc/ssl/certs.</summary>
    public static CertificateAuthorities OfMachine() => new(
        Environment.GetEnvironmentVariable("SSL_CERT_FILE") is { Length: > 0 } file ? file : Bundles.FirstOrDefault(File.Exists),
        (Environment.GetEnvironmentVariable("SSL_CERT_DIR") is { Length: > 0 } places ? places : "/etc/ssl/certs")
            .Split(':', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Those of the bundle whose name is one of these, byte for byte. The caller disposes of them.</summary>
    /// <param name="names">DER of distinguished names.</param>
    public X509Certificate2Collection Named(IReadOnlyCollection<byte[]> names) => Load(
        ReadFile(bundle).Where(authority => PemCertificates.Subject(authority) is { Length: > 0 } subject
            && names.Any(name => subject.Span.SequenceEqual(name))));

    /// <summary>All of them, each once. The caller disposes of them.</summary>
    public X509Certificate2Collection All() =>
        Load(ReadFile(bundle).Concat(directories.SelectMany(FilesIn).SelectMany(ReadFile)).DistinctBy(Convert.ToBase64String));

    private static X509Certificate2Collection Load(IEnumerable<byte[]> authorities)
    {
        X509Certificate2Collection loaded = [];
        foreach (var authority in authorities)
        {
            try
            {
                loaded.Add(X509CertificateLoader.LoadCertificate(authority));
            }
            catch (CryptographicException)
            {
                // Not a certificate: it verifies none.
            }
        }

        return loaded;
    }

    private static IReadOnlyList<byte[]> ReadFile(string? path)
    {
        try
        {
            return path is null || FileStatus.Read(path) is not { Kind: FileKind.Regular, Size: <= MaxFileBytes } ? [] : PemCertificates.Read(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static IReadOnlyList<string> FilesIn(string directory)
    {
        try
        {
            return Directory.GetFiles(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
