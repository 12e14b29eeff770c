using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Thpc.NodeAgent.Host.Network.Tls;

/// <summary>
/// Verifies servers' certificates by .NET's own chain building. First with the authorities of the bundle that are named as an issuer,
/// which is quick; only where that fails, with all authorities, and that verdict counts. Nothing is downloaded, and no store below $HOME
/// is trusted.
/// </summary>
internal sealed class CertificateVerifier(CertificateAuthorities authorities)
{
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    /// <summary>For a client of HTTPS.</summary>
    public SslClientAuthenticationOptions Options() => new()
    {
        // SslStream builds a chain before it asks: with no authority, so its verdict on the chain says nothing.
        CertificateChainPolicy = Policy(),
        RemoteCertificateValidationCallback = (_, certificate, chain, errors) => Verify(certificate, chain?.ChainPolicy.ExtraStore ?? [], errors),
    };

    /// <param name="sent">The other certificates that the server sent.</param>
    /// <param name="errors">What SslStream found: of these, the name's and a missing certificate count.</param>
    /// <returns>True.</returns>
    /// <exception cref="CertificateException">It is refused.</exception>
    public bool Verify(X509Certificate? certificate, X509Certificate2Collection sent, SslPolicyErrors errors)
    {
        var status = X509ChainStatusFlags.NoError;
        errors &= ~SslPolicyErrors.RemoteCertificateChainErrors;
        if (certificate is X509Certificate2 leaf)
        {
            if (Build(leaf, sent, authorities.Named([leaf.IssuerName.RawData, .. sent.Select(other => other.IssuerName.RawData)])) is not null
                && Build(leaf, sent, authorities.All()) is { } refused)
            {
                status = refused;
                errors |= SslPolicyErrors.RemoteCertificateChainErrors;
            }
        }
        else
        {
            errors |= SslPolicyErrors.RemoteCertificateNotAvailable;
        }

        return errors == SslPolicyErrors.None ? true : throw new CertificateException(errors, status);
    }

    /// <param name="anchors">Disposed of.</param>
    /// <returns>Null where the chain is good.</returns>
    private static X509ChainStatusFlags? Build(X509Certificate2 leaf, X509Certificate2Collection sent, X509Certificate2Collection anchors)
    {
        using var chain = new X509Chain { ChainPolicy = Policy() };
        chain.ChainPolicy.ApplicationPolicy.Add(ServerAuthentication);
        chain.ChainPolicy.ExtraStore.AddRange(sent);
        chain.ChainPolicy.CustomTrustStore.AddRange(anchors);
        try
        {
            return chain.Build(leaf) ? null : chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
        }
        finally
        {
            foreach (var certificate in chain.ChainElements.Select(element => element.Certificate).Concat(anchors))
            {
                certificate.Dispose();
            }
        }
    }

    private static X509ChainPolicy Policy() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
    };
}
