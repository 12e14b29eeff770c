using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Thpc.NodeAgent.Host.Files;

namespace Thpc.NodeAgent.Host.Network.Tls;

/// <summary>
/// The certificate authorities of this machine, from a bundle and from the files of some directories. Parsing all of them takes
/// 50 ms; finding those with a given name in the bundle takes 1 ms.
/// </summary>
/// <param name="bundle">A PEM file; null if there is none.</param>
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

    /// <summary>
    /// Uses SSL_CERT_FILE and SSL_CERT_DIR like .NET and OpenSSL; by default the first existing bundle, and /etc/ssl/certs.
    /// </summary>
    public static CertificateAuthorities OfMachine() => new(
        Environment.GetEnvironmentVariable("SSL_CERT_FILE") is { Length: > 0 } file ? file : Bundles.FirstOrDefault(File.Exists),
        (Environment.GetEnvironmentVariable("SSL_CERT_DIR") is { Length: > 0 } paths ? paths : "/etc/ssl/certs")
            .Split(':', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>The authorities of the bundle that have one of these names. The caller disposes them.</summary>
    /// <param name="names">Distinguished names in DER, compared byte by byte.</param>
    public X509Certificate2Collection Named(IReadOnlyCollection<byte[]> names) => Load(
        ReadFile(bundle).Where(authority => PemCertificates.Subject(authority) is { Length: > 0 } subject
            && names.Any(name => subject.Span.SequenceEqual(name))));

    /// <summary>All authorities, without duplicates. The caller disposes them.</summary>
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
                // Skip what is not a valid certificate.
            }
        }

        return loaded;
    }

    private static IReadOnlyList<byte[]> ReadFile(string? path)
    {
        try
        {
            return path is null || FileStatus.Read(path) is not { Kind: FileKind.Regular, Size: <= MaxFileBytes }
                ? []
                : PemCertificates.Read(File.ReadAllBytes(path));
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
