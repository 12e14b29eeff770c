using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using static Thpc.NodeAgent.Tests.Helpers.ChainCase;

namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>Valid chains, each with a different property.</summary>
internal static class GoodChains
{
    private static readonly DateTimeOffset Now = Content.Now;

    public static readonly Dictionary<string, Func<ChainCase>> All = new()
    {
        ["issued by the root"] = () => { var root = Issuer.Root(); return Of(root, root.Leaf()); },
        ["intermediate sent"] = () =>
        {
            var root = Issuer.Root(); var middle = root.Intermediate("Middle"); return Of(
            root, middle.Leaf(), middle.Certificate);
        },
        ["root sent too"] = () => { var root = Issuer.Root(); return Of(root, root.Leaf(), root.Certificate); },
        ["intermediate and root sent"] = () =>
        {
            var root = Issuer.Root(); var middle = root.Intermediate("Middle"); return Of(
            root, middle.Leaf(), middle.Certificate, root.Certificate);
        },
        ["odd order, strangers among them"] = OddOrder,
        ["12 intermediates"] = () => Deep(12),
        ["self-signed leaf in the bundle"] = () => { var self = Issuer.Root(Content.Leaf()); return Of(self, self.Certificate); },
        ["wildcard"] = () =>
        {
            var root = Issuer.Root(); return Of(
            root, root.Issue(Content.Leaf() with { Dns = "*.cos.example" }).Certificate) with
            { Host = "a.cos.example" };
        },
        ["common name only"] = () =>
        {
            var root = Issuer.Root(); return Of(
            root, root.Issue(Content.Leaf() with { Dns = null }).Certificate);
        },
        ["address in the names"] = () =>
        {
            var root = Issuer.Root(); return Of(
            root, root.Issue(Content.Leaf() with { Dns = null, Address = "127.0.0.1" }).Certificate) with
            { Host = "127.0.0.1" };
        },
        ["name constraint kept"] = () => Constrained("example"),
        ["no purpose named"] = () =>
        {
            var root = Issuer.Root(); return Of(
            root, root.Issue(Content.Leaf() with { Purpose = null }).Certificate);
        },
        ["no basic constraints in the leaf"] = () =>
        {
            var root = Issuer.Root(); return Of(
            root, root.Issue(Content.Leaf() with { IsAuthority = null }).Certificate);
        },
        ["purpose named by root and intermediate too"] = PurposeEverywhere,
        ["path length kept"] = () =>
        {
            var root = Issuer.Root(Content.Authority("Root") with { PathLength = 1 }); var middle =
            root.Intermediate("Middle"); return Of(root, middle.Leaf(), middle.Certificate);
        },
        ["expired root before its renewal of the same key"] = () => Renewed(expiredFirst: true),
        ["expired root after its renewal of the same key"] = () => Renewed(expiredFirst: false),
        ["twin root with key ids, the right one first"] = () => Twins(rightFirst: true),
        ["twin root with key ids, the right one last"] = () => Twins(rightFirst: false),
        ["cross-signed by an expired trusted one"] = CrossSigned,
        ["cross-signed, the other root trusted"] = OtherRoot,
        ["issuer in other case"] = () => OtherName(new X500DistinguishedName("CN=rOOt")),
        ["issuer in another encoding"] = () =>
            OtherName(
                new X500DistinguishedName([0x30, 0x0f, 0x31, 0x0d, 0x30, 0x0b, 0x06, 0x03, 0x55, 0x04, 0x03, 0x13, 0x04, .. "Root"u8])),
        ["issuer with a blank more"] = () => OtherName(new X500DistinguishedName("CN=\" Root\"")),
        ["intermediate in the bundle alone"] = () =>
        {
            var root = Issuer.Root(); var middle = root.Intermediate("Middle"); return new(
            middle.Leaf(), [], Pem(root, middle));
        },
        ["intermediate in the directory alone"] = () =>
        {
            var root = Issuer.Root(); var middle = root.Intermediate("Middle"); return new(
            middle.Leaf(), [], Pem(root))
            { Files = InDirectory("middle.pem", middle) };
        },
        ["authority in the directory alone"] = () =>
        {
            var root = Issuer.Root(); return new(root.Leaf(), [], "")
            {
                Files = InDirectory("root.pem", root),
            };
        },
        ["authority in the directory, by a name of its own"] = () =>
        {
            var root = Issuer.Root(); return new(
            root.Leaf(), [], Pem(Issuer.Root("Other")))
            { Files = InDirectory("root", root) };
        },
        ["the same authority three times"] = () =>
        {
            var root = Issuer.Root(); return new(root.Leaf(), [], Pem(root, root))
            {
                Files = InDirectory("root.pem", root),
            };
        },
        ["expired root in the bundle, renewed one in the directory"] = RenewedInDirectory,
        ["twin root in the bundle, the right one in the directory"] = TwinInDirectory,
        ["CRLF"] = () => Written(text => text.ReplaceLineEndings("\r\n")),
        ["text between blocks"] = () =>
            Written(text =>
                "# Root\nsubject=CN=x\n"
                    + text.Replace("-----END CERTIFICATE-----\n", "-----END CERTIFICATE-----\n\n some words\n", StringComparison.Ordinal)),
        ["no final newline"] = () => Written(text => text.TrimEnd()),
        ["base64 in one line"] = () =>
            Written(text =>
                text.Replace("\n", "", StringComparison.Ordinal).Replace("CERTIFICATE-----", "CERTIFICATE-----\n", StringComparison.Ordinal)
                    .Replace("-----END", "\n-----END", StringComparison.Ordinal)),
        ["blanks at the ends of lines"] = () => Written(text => text.Replace("\n", "  \n", StringComparison.Ordinal)),
        ["label of old"] = () => Written(text => text.Replace(" CERTIFICATE", " X509 CERTIFICATE", StringComparison.Ordinal)),
        ["other blocks before it"] = () => Written(text => ECDsa.Create().ExportPkcs8PrivateKeyPem() + "\n" + text),
        ["a byte order mark before a comment"] = () => Written(text => "\ufeff# authorities\n" + text),
        ["2,000 authorities"] = Many,
    };

    public static IReadOnlyDictionary<string, byte[]> InDirectory(string name, Issuer authority) =>
        new Dictionary<string, byte[]> { [name] = Encoding.UTF8.GetBytes(Pem(authority)) };

    /// <summary>Trusts the leaf's root with a bundle of another format.</summary>
    public static ChainCase Written(Func<string, string> shape)
    {
        var root = Issuer.Root();
        return new(root.Leaf(), [], shape(Pem(Issuer.Root("Other"), root)));
    }

    public static ChainCase Deep(int count, int? pathLength = null)
    {
        var root = Issuer.Root(Content.Authority("Root") with { PathLength = pathLength });
        List<Issuer> chain = [root];
        for (var i = 1; i <= count; i++)
        {
            chain.Add(chain[^1].Intermediate($"Middle {i}"));
        }

        return new(chain[^1].Leaf(), [.. chain.Skip(1).Reverse().Select(middle => middle.Certificate)], Pem(root));
    }

    public static ChainCase Constrained(string permitted)
    {
        // NameConstraints { permittedSubtrees { { dNSName } } } (RFC 5280, 4.2.1.10)
        var name = Encoding.ASCII.GetBytes(permitted);
        byte[] tree = [0x82, (byte)name.Length, .. name];
        byte[] trees = [0x30, (byte)tree.Length, .. tree];
        byte[] list = [0xA0, (byte)trees.Length, .. trees];
        byte[] constraints = [0x30, (byte)list.Length, .. list];
        var root = Issuer.Root();
        var middle =
            root.Issue(Content.Authority("Middle") with { Extension = new X509Extension("2.5.29.30", constraints, critical: true) });
        return Of(root, middle.Leaf(), middle.Certificate);
    }

    private static ChainCase OddOrder()
    {
        var root = Issuer.Root();
        var first = root.Intermediate("First");
        var second = first.Intermediate("Second");
        return Of(
            root, second.Leaf(), first.Certificate, Issuer.Root("Stranger").Certificate, second.Certificate, Issuer.Root("Other").Leaf());
    }

    private static ChainCase PurposeEverywhere()
    {
        var root = Issuer.Root(Content.Authority("Root") with { Purpose = Content.ServerPurpose });
        var middle = root.Issue(Content.Authority("Middle") with { Purpose = Content.ServerPurpose });
        return Of(root, middle.Leaf(), middle.Certificate);
    }

    private static ChainCase Renewed(bool expiredFirst)
    {
        var root = Issuer.Root();
        var expired = Issuer.Root(Content.Authority("Root") with { Key = root.Key, From = Now.AddDays(-20), To = Now.AddDays(-1) });
        return new(root.Leaf(), [], expiredFirst ? Pem(expired, root) : Pem(root, expired));
    }

    private static ChainCase RenewedInDirectory()
    {
        var root = Issuer.Root();
        var expired = Issuer.Root(Content.Authority("Root") with { Key = root.Key, From = Now.AddDays(-20), To = Now.AddDays(-1) });
        return new(root.Leaf(), [], Pem(expired)) { Files = InDirectory("root.pem", root) };
    }

    private static ChainCase Twins(bool rightFirst)
    {
        var (root, leaf) = WithKeyIds();
        var twin = Issuer.Root(Content.Authority("Root") with { KeyIds = true });
        return new(leaf, [], rightFirst ? Pem(root, twin) : Pem(twin, root));
    }

    private static ChainCase TwinInDirectory()
    {
        var (root, leaf) = WithKeyIds();
        return new(leaf, [], Pem(Issuer.Root(Content.Authority("Root") with { KeyIds = true }))) { Files = InDirectory("root.pem", root) };
    }

    private static (Issuer Root, X509Certificate2 Leaf) WithKeyIds()
    {
        var root = Issuer.Root(Content.Authority("Root") with { KeyIds = true });
        return (root, root.Issue(Content.Leaf() with { KeyIds = true }).Certificate);
    }

    private static ChainCase CrossSigned()
    {
        var root = Issuer.Root("New Root");
        var old = Issuer.Root(Content.Authority("Old Root") with { From = Now.AddDays(-30), To = Now.AddDays(-1) });
        var cross = old.Issue(Content.Authority("New Root") with { Key = root.Key });
        return new(root.Leaf(), [cross.Certificate], Pem(old, root));
    }

    private static ChainCase OtherRoot()
    {
        var root = Issuer.Root("New Root");
        var old = Issuer.Root("Old Root");
        var cross = old.Issue(Content.Authority("New Root") with { Key = root.Key });
        return new(root.Leaf(), [cross.Certificate], Pem(old));
    }

    private static ChainCase OtherName(X500DistinguishedName issuer)
    {
        var root = Issuer.Root();
        return Of(root, root.Issue(Content.Leaf() with { IssuerName = issuer }).Certificate);
    }

    private static ChainCase Many()
    {
        var root = Issuer.Root();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new(
            root.Leaf(), [],
            Pem([.. Enumerable.Range(0, 2000).Select(i => Issuer.Root(Content.Authority($"Other {i}") with { Key = key })), root]));
    }
}
