using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Thpc.NodeAgent.Host.Network.Tls;

/// <summary>
/// Verifies servers' certificates with .NET's chain building: first with the authorities of the bundle that the certificates name as
/// issuers, which is fast; if that fails, with all authorities, and this result counts. It downloads nothing and trusts no store
/// below $HOME.
/// </summary>
internal sealed class CertificateVerifier(CertificateAuthorities authorities)
{
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    /// <summary>The options of an HTTPS client.</summary>
    public SslClientAuthenticationOptions Options() => new()
    {
        // SslStream builds its own chain first. It has no authorities here, so its result for the chain is ignored.
        CertificateChainPolicy = Policy(),
        RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
            Verify(certificate, chain?.ChainPolicy.ExtraStore ?? [], errors),
    };

    /// <param name="sent">The other certificates that the server sent.</param>
    /// <param name="errors">SslStream's result; only a wrong name and a missing certificate count.</param>
    /// <returns>True.</returns>
    /// <exception cref="CertificateException">The certificate is refused.</exception>
    public bool Verify(X509Certificate? certificate, X509Certificate2Collection sent, SslPolicyErrors errors)
    {
        var status = X509ChainStatusFlags.NoError;
        errors &= ~SslPolicyErrors.RemoteCertificateChainErrors;
        if (certificate is X509Certificate2 leaf)
        {
            if (Build(
                leaf, sent, authorities.Named([leaf.IssuerName.RawData, .. sent.Select(other => other.IssuerName.RawData)])) is not null
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

    /// <param name="anchors">The trusted authorities; disposed here.</param>
    /// <returns>Null if the chain is valid.</returns>
    private static X509ChainStatusFlags? Build(X509Certificate2 leaf, X509Certificate2Collection sent, X509Certificate2Collection anchors)
    {
        using var chain = new X509Chain { ChainPolicy = Policy() };
        chain.ChainPolicy.ApplicationPolicy.Add(ServerAuthentication);
        chain.ChainPolicy.ExtraStore.AddRange(sent);
        chain.ChainPolicy.CustomTrustStore.AddRange(anchors);
        try
        {
            return chain.Build(leaf)
                ? null
                : chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
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
