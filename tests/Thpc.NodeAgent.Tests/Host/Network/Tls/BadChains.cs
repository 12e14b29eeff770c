using System.Security.Cryptography.X509Certificates;
using static Thpc.NodeAgent.Tests.Helpers.ChainCase;

namespace Thpc.NodeAgent.Tests.Host.Network.Tls;

/// <summary>Refused chains, each for a different reason.</summary>
internal static class BadChains
{
    private static readonly DateTimeOffset Now = Content.Now;

    public static readonly Dictionary<string, Func<ChainCase>> All = new()
    {
        ["intermediate missing"] = () => { var root = Issuer.Root(); return Of(root, root.Intermediate("Middle").Leaf()); },
        ["root unknown"] = () => Of(Issuer.Root("Other"), Issuer.Root().Leaf()),
        ["root unknown, and sent"] = () => { var root = Issuer.Root(); return Of(Issuer.Root("Other"), root.Leaf(), root.Certificate); },
        ["self-signed"] = () => Of(Issuer.Root(), Issuer.Root(Content.Leaf()).Certificate),
        ["self-signed authority as a server"] = () =>
            Of(Issuer.Root("Other"), Issuer.Root(Content.Authority(Content.Host) with { Dns = Content.Host }).Certificate),
        ["impostor with a trusted name"] = () => Of(Issuer.Root(), Issuer.Root().Leaf()),
        ["impostor with a trusted name, and sent"] = () =>
        {
            var impostor = Issuer.Root(); return Of(
            Issuer.Root(), impostor.Leaf(), impostor.Certificate);
        },
        ["impostor with a trusted intermediate's name"] = () =>
        {
            var root = Issuer.Root(); root.Intermediate("Middle"); var impostor =
            Issuer.Root("Elsewhere").Intermediate("Middle"); return Of(root, impostor.Leaf(), impostor.Certificate);
        },
        ["wrong name"] = () => WithHost("other.example"),
        ["name below a wildcard's"] = () => Wildcard("a.b.cos.example"),
        ["wildcard's own parent"] = () => Wildcard("cos.example"),
        ["address that is not named"] = () => WithHost("127.0.0.1"),
        ["address as a DNS name"] = () =>
        {
            var root = Issuer.Root(); return Of(
            root, root.Issue(Content.Leaf() with { Dns = "127.0.0.1" }).Certificate) with
            { Host = "127.0.0.1" };
        },
        ["common name beside other names"] = () =>
        {
            var root = Issuer.Root(); return Of(
            root, root.Issue(Content.Leaf() with { Dns = "other.example" }).Certificate);
        },
        ["expired leaf"] = () => At(leaf: Expired),
        ["expired intermediate"] = () => At(middle: Expired),
        ["expired root"] = () => At(root: Expired),
        ["leaf not yet valid"] = () => At(leaf: Future),
        ["intermediate not yet valid"] = () => At(middle: Future),
        ["root not yet valid"] = () => At(root: Future),
        ["name constraint broken"] = () => GoodChains.Constrained("other"),
        ["client's purpose in the leaf"] = () => At(leaf: content => content with { Purpose = Content.ClientPurpose }),
        ["client's purpose in the intermediate"] = () => At(middle: content => content with { Purpose = Content.ClientPurpose }),
        ["client's purpose in the root"] = () => At(root: content => content with { Purpose = Content.ClientPurpose }),
        ["unknown critical extension in the leaf"] = () => At(leaf: Unknown),
        ["unknown critical extension in the intermediate"] = () => At(middle: Unknown),
        ["issuer that is no authority"] = () => At(middle: content => content with { IsAuthority = false, Usage = null }),
        ["issuer without basic constraints"] = () => At(middle: content => content with { IsAuthority = null, Usage = null }),
        ["issuer that may not sign certificates"] = () =>
            At(middle: content => content with { Usage = X509KeyUsageFlags.DigitalSignature }),
        ["path length broken"] = () => GoodChains.Deep(2, pathLength: 0),
        ["tampered leaf"] = () => { var root = Issuer.Root(); return Of(root, Tampered(root.Leaf())); },
        ["tampered intermediate"] = () =>
        {
            var root = Issuer.Root(); var middle = root.Intermediate("Middle"); return Of(
            root, middle.Leaf(), Tampered(middle.Certificate));
        },
        ["empty bundle"] = () => new(Issuer.Root().Leaf(), [], ""),
        ["bundle in DER"] = () => { var root = Issuer.Root(); return Of(root, root.Leaf()) with { RawBundle = root.Certificate.RawData }; },
        ["authority in DER in the directory"] = () =>
        {
            var root = Issuer.Root(); return new(root.Leaf(), [], "")
            {
                Files = new Dictionary<string, byte[]> { ["root.cer"] = root.Certificate.RawData },
            };
        },
        ["broken base64 before the right one"] = () =>
            GoodChains.Written(text => text.Insert(text.IndexOf('\n', StringComparison.Ordinal) + 5, "!")),
        ["block without an end before the right one"] = () =>
            GoodChains.Written(text => text.Remove(text.IndexOf("-----END", StringComparison.Ordinal), 26)),
        ["other words at a block's end before the right one"] = () =>
            GoodChains.Written(text => text.Insert(text.IndexOf("-----END", StringComparison.Ordinal) + 9, "X509 ")),
        ["block that is no certificate before the right one"] = () =>
            GoodChains.Written(text => "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" + text),
        ["trusted block only"] = () =>
            GoodChains.Written(text => text.Replace(" CERTIFICATE", " TRUSTED CERTIFICATE", StringComparison.Ordinal)),
        ["BEGIN that does not begin its line"] = () =>
            GoodChains.Written(text => text.Replace("-----BEGIN", " -----BEGIN", StringComparison.Ordinal)),
        ["wrong name and unknown root at once"] = () => Of(Issuer.Root("Other"), Issuer.Root().Leaf()) with { Host = "other.example" },
    };

    private static Content Expired(Content content) => content with { From = Now.AddDays(-20), To = Now.AddDays(-1) };

    private static Content Future(Content content) => content with { From = Now.AddDays(1) };

    private static Content Unknown(Content content) =>
        content with { Extension = new X509Extension("1.3.6.1.4.1.99999.1", [0x05, 0x00], critical: true) };

    private static ChainCase At(
        Func<Content, Content>? root = null, Func<Content, Content>? middle = null, Func<Content, Content>? leaf = null)
    {
        Content Changed(Func<Content, Content>? change, Content content) => change is null ? content : change(content);
        var first = Issuer.Root(Changed(root, Content.Authority("Root")));
        var second = first.Issue(Changed(middle, Content.Authority("Middle")));
        return Of(first, second.Issue(Changed(leaf, Content.Leaf())).Certificate, second.Certificate);
    }

    private static ChainCase WithHost(string host)
    {
        var root = Issuer.Root();
        return Of(root, root.Leaf()) with { Host = host };
    }

    private static ChainCase Wildcard(string host)
    {
        var root = Issuer.Root();
        return Of(root, root.Issue(Content.Leaf() with { Dns = "*.cos.example" }).Certificate) with { Host = host };
    }

    /// <summary>The same certificate with one flipped bit in its signature.</summary>
    private static X509Certificate2 Tampered(X509Certificate2 certificate)
    {
        var raw = certificate.RawData;
        raw[^1] ^= 1;
        return X509CertificateLoader.LoadCertificate(raw);
    }
}
