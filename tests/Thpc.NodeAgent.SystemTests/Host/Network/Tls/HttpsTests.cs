using System.Security.Cryptography.X509Certificates;

namespace Thpc.NodeAgent.SystemTests.Host.Network.Tls;

/// <summary>Tests the executable with an HTTPS server, for cases that the table of chains does not cover.</summary>
public sealed class HttpsTests : IDisposable
{
    private readonly TemporaryNode _node = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("https-").FullName;
    private string _said = "";

    [Fact]
    public async Task Authority_in_the_directory_is_found()
    {
        var root = Issuer.Root();
        var served = root.Issue(Content.Leaf() with { Dns = CosStandin.Host });
        Assert.Equal(0, await CheckAsync(new(served.Certificate, [], "") { Files = GoodChains.InDirectory("root.pem", root) }, served));
    }

    [Fact]
    public async Task Authority_below_HOME_is_not_trusted()
    {
        var root = Issuer.Root();
        var served = root.Issue(Content.Leaf() with { Dns = CosStandin.Host });
        var chain = new ChainCase(served.Certificate, [], "");
        var store = Directory.CreateDirectory(Path.Combine(_directory, ".dotnet/corefx/cryptography/x509stores/root"));
        await File.WriteAllBytesAsync(
            Path.Combine(store.FullName, "root.pfx"), root.Certificate.Export(X509ContentType.Pkcs12),
            TestContext.Current.CancellationToken);
        Assert.Equal(1, await CheckAsync(chain, served));
        Assert.Contains("PartialChain", _said, StringComparison.Ordinal);

        // .NET by itself does trust it.
        Assert.Equal("good", await StockChain.VerdictAsync(_directory, CosStandin.Host, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Verification_downloads_no_certificate()
    {
        using var elsewhere = CannedServer.Of(200, "");
        var root = Issuer.Root();
        var middle = root.Intermediate("Middle");
        var place = new X509AuthorityInformationAccessExtension(null, [$"{elsewhere.Url}middle.cer"]);
        var served = middle.Issue(Content.Leaf() with { Dns = CosStandin.Host, Extension = place });
        Assert.Equal(1, await CheckAsync(ChainCase.Of(root, served.Certificate), served));
        Assert.Equal(0, elsewhere.Requests);
        Assert.Contains("let the server send its intermediate certificate", _said, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _node.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Runs `script check` with the case's authorities and server certificates. Returns the exit code; keeps the output.</summary>
    private async Task<int> CheckAsync(ChainCase chain, Issuer served)
    {
        Needs.RootUser();
        chain.Write(_directory);
        var (certificates, key) = (Path.Combine(_directory, "served.pem"), Path.Combine(_directory, "served.key"));
        await File.WriteAllTextAsync(
            certificates, string.Concat(chain.Sent.Prepend(chain.Leaf).Select(sent => sent.ExportCertificatePem() + "\n")),
            TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(key, served.Key.ExportPkcs8PrivateKeyPem(), TestContext.Current.CancellationToken);
        using var standin = await CosStandin.StartAsync("--tls-cert", certificates, "--tls-key", key);
        _node.Configure(
            $"[cos]\ncredentials = \"anonymous\"\nendpoint = \"{standin.Url}\"\n[[init_script]]\nscript_path = "
                + $"\"{CosStandin.Location("echo.sh")}\"\n");
        var environment = new Dictionary<string, string>
        {
            ["SSL_CERT_FILE"] = Path.Combine(_directory, "bundle.pem"),
            ["SSL_CERT_DIR"] = Path.Combine(_directory, "authorities"),
            ["HOME"] = _directory,
        };
        var run = await Agent.RunAsync(_node, environment, "script", "check");
        _said = run.Output + run.Errors;
        return run.ExitCode;
    }
}
