using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Host.Network.Tls;

/// <summary>A server's certificate was refused. The messages are those of SslStream.</summary>
/// <param name="errors">The kinds of error.</param>
/// <param name="status">The status of the certificate chain.</param>
internal sealed class CertificateException(SslPolicyErrors errors, X509ChainStatusFlags status)
    : AuthenticationException(Describe(errors, status).English)
{
    private const X509ChainStatusFlags NoAuthority = X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot;

    public LocalizedText Text => Describe(errors, status);

    /// <summary>Null if there is no better hint than the error code's own.</summary>
    public LocalizedText? Hint =>
        (status & X509ChainStatusFlags.NotTimeValid) != 0 ? Hints.CheckClockOrRenewCertificate
        : (errors & SslPolicyErrors.RemoteCertificateNameMismatch) != 0 ? Hints.CorrectEndpoint
        : (status & NoAuthority) != 0 ? Hints.InstallAuthority
        : null;

    private static LocalizedText Describe(SslPolicyErrors errors, X509ChainStatusFlags status) =>
        errors == SslPolicyErrors.RemoteCertificateChainErrors && status != X509ChainStatusFlags.NoError
            ? Messages.CertificateChain($"{status}")
            : Messages.CertificateInvalid($"{errors}");
}
