using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>The fields of a certificate; null fields are omitted.</summary>
internal sealed record Content(string Name)
{
    public const string Host = "cos.example";
    public const string ServerPurpose = "1.3.6.1.5.5.7.3.1";
    public const string ClientPurpose = "1.3.6.1.5.5.7.3.2";

    public static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    public DateTimeOffset From { get; init; } = Now.AddDays(-10);

    public DateTimeOffset To { get; init; } = Now.AddDays(10);

    public bool? IsAuthority { get; init; }

    public int? PathLength { get; init; }

    public X509KeyUsageFlags? Usage { get; init; }

    public string? Purpose { get; init; }

    public string? Dns { get; init; }

    public string? Address { get; init; }

    public bool KeyIds { get; init; }

    public X509Extension? Extension { get; init; }

    /// <summary>Replaces the default, which is made from the name.</summary>
    public X500DistinguishedName? Subject { get; init; }

    /// <summary>Replaces the issuer's own name.</summary>
    public X500DistinguishedName? IssuerName { get; init; }

    /// <summary>Replaces a new key.</summary>
    public ECDsa? Key { get; init; }

    public static Content Authority(string name) =>
        new(name) { IsAuthority = true, Usage = X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign };

    public static Content Leaf(string name = Host) => new(name) { IsAuthority = false, Purpose = ServerPurpose, Dns = Host };
}

/// <summary>A certificate with its key, which may sign others.</summary>
internal sealed record Issuer(X509Certificate2 Certificate, ECDsa Key)
{
    private static int _serial;

    public static Issuer Root(string name = "Root") => Root(Content.Authority(name));

    public static Issuer Root(Content content) => Make(content, null);

    public Issuer Issue(Content content) => Make(content, this);

    public Issuer Intermediate(string name) => Issue(Content.Authority(name));

    public X509Certificate2 Leaf() => Issue(Content.Leaf()).Certificate;

    [SuppressMessage("Reliability", "CA2000", Justification = "The key lives as long as its issuer, which is as long as the test.")]
    private static Issuer Make(Content content, Issuer? issuer)
    {
        var key = content.Key ?? ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request =
            new CertificateRequest(content.Subject ?? new X500DistinguishedName($"CN={content.Name}"), key, HashAlgorithmName.SHA256);
        if (content.IsAuthority is { } isAuthority)
        {
            request.CertificateExtensions.Add(
                new X509BasicConstraintsExtension(isAuthority, content.PathLength is not null, content.PathLength ?? 0, critical: true));
        }

        if (content.Usage is { } usage)
        {
            request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, critical: true));
        }

        if (content.Purpose is { } purpose)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], critical: false));
        }

        if (content.Dns is not null || content.Address is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            if (content.Dns is not null)
            {
                names.AddDnsName(content.Dns);
            }

            if (content.Address is not null)
            {
                names.AddIpAddress(System.Net.IPAddress.Parse(content.Address));
            }

            request.CertificateExtensions.Add(names.Build());
        }

        if (content.Extension is not null)
        {
            request.CertificateExtensions.Add(content.Extension);
        }

        if (content.KeyIds)
        {
            request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
            var signer = issuer is null ? request.PublicKey : issuer.Certificate.PublicKey;
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(
                new X509SubjectKeyIdentifierExtension(signer, critical: false)));
        }

        var issuerName = content.IssuerName ?? issuer?.Certificate.SubjectName ?? request.SubjectName;
        var generator = X509SignatureGenerator.CreateForECDsa(issuer?.Key ?? key);
        var serial = BitConverter.GetBytes(Interlocked.Increment(ref _serial));
        return new Issuer(request.Create(issuerName, generator, content.From, content.To, [1, .. serial]), key);
    }
}
