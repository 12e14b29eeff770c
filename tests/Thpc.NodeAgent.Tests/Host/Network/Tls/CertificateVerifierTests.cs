using System.Diagnostics;
using System.Net.Security;
using System.Security.Authentication;
using Thpc.NodeAgent.Host.Network.Tls;

namespace Thpc.NodeAgent.Tests.Host.Network.Tls;

/// <summary>A table of chains. The oracles are .NET's own message for the same authorities, and `openssl verify`.</summary>
public sealed class CertificateVerifierTests : IDisposable
{
    // Cases in which OpenSSL and .NET differ, and why.
    private static readonly Dictionary<string, string> OpenSslDiffers = new()
    {
        ["authority in the directory, by a name of its own"] = "it opens files by their hash alone",
        ["expired root in the bundle, renewed one in the directory"] = "the first of a name that it finds counts",
        ["twin root in the bundle, the right one in the directory"] = "the first of a name that it finds counts",
        ["trusted block only"] = "it reads such blocks too",
    };

    private readonly string _directory = Directory.CreateTempSubdirectory("chains-").FullName;

    public static TheoryData<string> Good => [.. GoodChains.All.Keys];

    public static TheoryData<string> Bad => [.. BadChains.All.Keys];

    [Theory]
    [MemberData(nameof(Good))]
    public Task Valid_chain_is_accepted(string name) => JudgeAsync(name, GoodChains.All[name](), good: true);

    [Theory]
    [MemberData(nameof(Bad))]
    public Task Invalid_chain_is_refused(string name) => JudgeAsync(name, BadChains.All[name](), good: false);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private async Task JudgeAsync(string name, ChainCase chain, bool good)
    {
        Needs.Program("openssl");
        chain.Write(_directory);
        var verdict = Verdict(chain);
        Assert.Equal(await StockChain.VerdictAsync(_directory, chain.Host, TestContext.Current.CancellationToken), verdict);
        Assert.Equal(good, verdict == "good");
        var (accepted, words) = await OpenSslAsync(chain);
        Assert.True(good != OpenSslDiffers.ContainsKey(name) == accepted, $"{name}: openssl printed {words}");
    }

    private string Verdict(ChainCase chain)
    {
        var verifier = new CertificateVerifier(
            new CertificateAuthorities(Path.Combine(_directory, "bundle.pem"), [Path.Combine(_directory, "authorities")]));

        // SslStream has no authorities here, so it reports errors for each chain.
        var errors = StockChain.NameErrors(chain.Leaf, chain.Host) | SslPolicyErrors.RemoteCertificateChainErrors;
        try
        {
            Assert.True(verifier.Verify(chain.Leaf, [.. chain.Sent], errors));
            return "good";
        }
        catch (AuthenticationException e)
        {
            return e.Message;
        }
    }

    private async Task<(bool Accepted, string Words)> OpenSslAsync(ChainCase chain)
    {
        await RunAsync("rehash", "authorities");
        return await RunAsync(
        [
            "verify", "-purpose", "sslserver", System.Net.IPAddress.TryParse(chain.Host, out _) ? "-verify_ip" : "-verify_hostname",
            chain.Host,
            .. chain.Bundle.Length > 0 ? (string[])["-CAfile", "bundle.pem"] : [], "-no-CAstore", "-CApath", "authorities",
            .. chain.Sent.Count > 0 ? (string[])["-untrusted", "sent.pem"] : [], "leaf.pem",
        ]);
    }

    private async Task<(bool Accepted, string Words)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("openssl", arguments)
        {
            WorkingDirectory = _directory,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var words = await Task.WhenAll(process.StandardError.ReadToEndAsync(), process.StandardOutput.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode == 0, string.Concat(words));
    }
}
