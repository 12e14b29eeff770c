using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Host.Network.Tls;

/// <summary>A server's certificate is refused. The sentences are SslStream's own.</summary>
/// <param name="errors">The kinds of error.</param>
/// <param name="status">The chain's, where the chain is one of them.</param>
internal sealed class CertificateException(SslPolicyErrors errors, X509ChainStatusFlags status) : AuthenticationException(
    errors == SslPolicyErrors.RemoteCertificateChainErrors && status != X509ChainStatusFlags.NoError
        ? $"The remote certificate is invalid because of errors in the certificate chain: {status}"
        : $"The remote certificate is invalid according to the validation procedure: {errors}")
{
    private const X509ChainStatusFlags NoAuthority = X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot;

    /// <summary>What to do; null where nothing better is known than the code's own hint.</summary>
    public LocalizedText? Hint =>
        (status & X509ChainStatusFlags.NotTimeValid) != 0 ? new(
            "Check the node's clock (`date -u`). If it is right, a certificate has expired: renew the one of the server, or the image's authorities.",
            "请检查节点时钟（`date -u`）。如时钟正确，则证书已过期：请更新服务器证书或镜像中的 CA 证书。")
        : (errors & SslPolicyErrors.RemoteCertificateNameMismatch) != 0 ? new(
            "Correct cos.endpoint or script_path, or find the proxy that answers in place of COS.",
            "请修正 cos.endpoint 或 script_path，或查找代替 COS 应答的代理。")
        : (status & NoAuthority) != 0 ? new(
            "Install the server's authority in the image's bundle. If it is there, the server does not send its intermediate certificate: configure it there.",
            "请将服务器的 CA 证书安装到镜像的证书包中。如已安装，则服务器未发送中间证书：请在服务器上配置。")
        : null;
}
