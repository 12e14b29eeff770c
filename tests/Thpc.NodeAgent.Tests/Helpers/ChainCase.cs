using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>The certificates that a server sends, and the machine's authorities.</summary>
internal sealed record ChainCase(X509Certificate2 Leaf, IReadOnlyList<X509Certificate2> Sent, string Bundle)
{
    public string Host { get; init; } = Content.Host;

    /// <summary>Names and contents of the files in the directory of authorities.</summary>
    public IReadOnlyDictionary<string, byte[]> Files { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>Replaces the text of the bundle.</summary>
    public byte[]? RawBundle { get; init; }

    public static ChainCase Of(Issuer root, X509Certificate2 leaf, params X509Certificate2[] sent) => new(leaf, sent, Pem(root));

    public static string Pem(params Issuer[] authorities) =>
        string.Concat(authorities.Select(authority => authority.Certificate.ExportCertificatePem() + "\n"));

    /// <summary>Writes bundle.pem, authorities/, leaf.der, sent-NN.der, and leaf.pem and sent.pem for openssl.</summary>
    public void Write(string directory)
    {
        File.WriteAllBytes(Path.Combine(directory, "bundle.pem"), RawBundle ?? Encoding.UTF8.GetBytes(Bundle));
        Directory.CreateDirectory(Path.Combine(directory, "authorities"));
        foreach (var (name, content) in Files)
        {
            File.WriteAllBytes(Path.Combine(directory, "authorities", name), content);
        }

        File.WriteAllBytes(Path.Combine(directory, "leaf.der"), Leaf.RawData);
        File.WriteAllText(Path.Combine(directory, "leaf.pem"), Leaf.ExportCertificatePem() + "\n");
        File.WriteAllText(Path.Combine(directory, "sent.pem"), string.Concat(Sent.Select(sent => sent.ExportCertificatePem() + "\n")));
        for (var i = 0; i < Sent.Count; i++)
        {
            File.WriteAllBytes(Path.Combine(directory, $"sent-{i:00}.der"), Sent[i].RawData);
        }
    }
}
