using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Stages;
using Thpc.NodeAgent.Stages.Script;

namespace Thpc.NodeAgent.SystemTests.Stages.Script;

/// <summary>The executable with the COS stand-in: credentials, TLS, the backup domain, and secrets that must never be printed.</summary>
public sealed class ScriptFetchTests : IDisposable
{
    private const string Id = "AKIDpublicPart0000000000000000000000";
    private const string Key = "hidden-secret-key-11111111111111";
    private const string Token = "hidden-token-2222222222222222222222222";
    private readonly TemporaryNode _node = new();

    public void Dispose() => _node.Dispose();

    private static Dictionary<string, string> Given => new()
    {
        ["TENCENTCLOUD_SECRET_ID"] = Id,
        ["TENCENTCLOUD_SECRET_KEY"] = Key,
        ["TENCENTCLOUD_TOKEN"] = Token,
    };

    [Theory]
    [InlineData("env")]
    [InlineData("file")]
    [InlineData("role")]
    [InlineData("anonymous")]
    public async Task Script_is_fetched_from_COS_with_each_credential_source(string source)
    {
        Needs.RootUser();
        using var standin = source == "anonymous" ? await CosStandin.StartAsync() : await CosStandin.StartSignedAsync(Id, Key, Token);
        standin.PutMetadata(new { roles = new { node = new { secret_id = Id, secret_key = Key, token = Token } } });
        Configure(_node, standin, source);
        if (source == "file")
        {
            KeepCredentials(_node);
        }

        var run = await Agent.RunAsync(_node, source == "env" ? Given : [], "bootstrap");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal("from-cos\n", _node.Log());
        Assert.Equal(source == "anonymous" ? null : true, Assert.Single(standin.Requests(), request => request.Path == "/echo.sh").Signed);
    }

    [Fact]
    public async Task Abandoned_copy_leaves_no_temporary_file()
    {
        Needs.RootUser();
        _node.Write("/slow.sh", "#!/bin/sh\n");
        _node.Configure("[[init_script]]\nscript_path = \"file:///slow.sh\"\ntimeout = 60\n");
        var environment = new Dictionary<string, string>();
        var text = _node.Read("/etc/thpc/node-agent.toml");
        var config = ConfigLoader.Load(text, "node-agent.toml", environment, new ConfigOverrides(), _ => "").Config;
        using var cancel = new CancellationTokenSource();
        using var pipeline = new Pipeline(config, _node.Root, environment, ScriptWork.Check, cancel.Token);
        var step = Assert.Single((await pipeline.Script.PlanAsync(cancel.Token)).Steps);

        using (new Lease(_node.On("/slow.sh")))
        {
            var fetch = step.Run(_ => { }, cancel.Token);
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetch);
        }

        // The thread that was blocked on the file continues now, and may take a moment to notice that it was abandoned.
        var end = DateTime.UtcNow + TimeSpan.FromMinutes(1);
        while (Directory.EnumerateFiles(_node.On("/var/lib/thpc-node-agent/scripts")).Any() && DateTime.UtcNow < end)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        Assert.Empty(Directory.EnumerateFiles(_node.On("/var/lib/thpc-node-agent/scripts")));
    }

    [Theory]
    [InlineData("good", null)]
    [InlineData("other-name", "COS_TLS")]
    [InlineData("expired", "COS_TLS")]
    [InlineData("self-signed", "COS_TLS")]
    public async Task Invalid_certificate_fails_at_once(string certificate, string? code)
    {
        Needs.RootUser();
        Needs.Program("openssl");
        using var standin = await CosStandin.StartAsync(
            "--tls-cert", Path.Combine(CosStandin.Certificates, certificate + ".pem"), "--tls-key",
            Path.Combine(CosStandin.Certificates, certificate + ".key"));
        Configure(_node, standin, "anonymous");
        var trusted = await Agent.RunAsync(
            _node, new Dictionary<string, string> { ["SSL_CERT_FILE"] = Path.Combine(CosStandin.Certificates, "ca.pem") }, "bootstrap");
        Assert.Equal(code is null ? 0 : 1, trusted.ExitCode);
        Assert.Equal(code, _node.ScriptError()?.Code);
        Assert.DoesNotContain(_node.Report().Stages[1].Steps[0].Notes, note => note.Text.StartsWith("attempt", StringComparison.Ordinal));

        // Without the private authority, the valid certificate is not trusted either.
        await Agent.RunAsync(_node, "bootstrap", "--force");
        Assert.Equal("COS_TLS", _node.ScriptError()?.Code);
        Assert.Equal(code is null ? 1 : 0, standin.Requests().Count);
    }

    [Theory]
    [InlineData("http://user:hidden@127.0.0.1:9", "through the proxy 127.0.0.1:9: 127.0.0.1 refused TCP 9")]
    [InlineData("http://proxy.invalid:3128", "through the proxy proxy.invalid:3128: ")]
    public async Task Dead_proxy_is_reported(string proxy, string message)
    {
        Needs.RootUser();
        _node.Configure(
            $"[cos]\ncredentials = \"anonymous\"\n[[init_script]]\nscript_path = \"{CosStandin.Location("echo.sh")}\"\ntimeout = 10\n");
        var run = await Agent.RunAsync(_node, new Dictionary<string, string> { ["https_proxy"] = proxy }, "script", "check");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"GET cos://{CosStandin.Host}/echo.sh {message}", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", run.Output + run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_without_TLS_is_a_TLS_error()
    {
        Needs.RootUser();
        using var server = CannedServer.Of(400, "");
        _node.Configure(
            $"[cos]\ncredentials = \"anonymous\"\nendpoint = \"https://127.0.0.1:{server.Url.Port}\"\n[[init_script]]\nscript_path = "
                + $"\"{CosStandin.Location("echo.sh")}\"\n");
        Assert.Equal(1, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.Equal("COS_TLS", _node.ScriptError()?.Code);
    }

    [Theory]
    [InlineData("echo.sh", 0, "")]
    [InlineData("_fault/503-x1/echo.sh", 0, "")]
    [InlineData("_fault/404/echo.sh", 1, "")]
    [InlineData("_fault/no-request-id-503-x1/echo.sh", 0, "backup")]
    public async Task Backup_domain_is_used_if_COS_does_not_answer(string key, int exitCode, string second)
    {
        Needs.RootUser();
        Needs.Program("unshare");
        const string Backup = "demo-1250000000.cos.ap-guangzhou.tencentcos.cn";
        var directory = Directory.CreateTempSubdirectory("cos-backup-").FullName;
        try
        {
            Issue(directory, CosStandin.Host, Backup);
            await File.WriteAllTextAsync(
                Path.Combine(directory, "hosts"), $"127.0.0.1 localhost {CosStandin.Host} {Backup}\n",
                TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(directory, "nsswitch.conf"), "hosts: files\n", TestContext.Current.CancellationToken);
            _node.Configure(
                $"[cos]\ncredentials = \"anonymous\"\n[[init_script]]\nscript_path = \"{CosStandin.Location(key)}\"\ntimeout = 20\n");
            var standin = CosStandin.StartInfo(
                directory, "--port", "443", "--tls-cert", Path.Combine(directory, "both.pem"), "--tls-key",
                Path.Combine(directory, "both.key"));

            // A private network namespace, where COS resolves to a local address; the stand-in prints when it listens.
            var start = new ProcessStartInfo(
                "unshare",
                [
                    "--mount", "--net", "bash", "-euc",
                    """
                    ip link set lo up
                    mount --bind "$1/hosts" /etc/hosts
                    mount --bind "$1/nsswitch.conf" /etc/nsswitch.conf
                    agent=$2 node=$3 ca=$4
                    shift 4
                    coproc "$@"
                    read -r url <&"${COPROC[0]}"
                    status=0
                    env -i PATH="$PATH" SSL_CERT_FILE="$ca" "$agent" bootstrap --root "$node" || status=$?
                    kill "$COPROC_PID"
                    exit $status
                    """,
                    "bash", directory, Agent.Executable, _node.Directory, Path.Combine(CosStandin.Certificates, "ca.pem"), standin.FileName,
                    .. standin.ArgumentList,
                ])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(process.ExitCode == exitCode, await output + await errors);
            var hosts = CosStandin.Requests(directory, _ => true).Select(request => request.Host).ToList();
            Assert.Equal(CosStandin.Host, hosts[0]);
            Assert.Equal(
                second == "backup" ? [Backup] : key.Contains("503", StringComparison.Ordinal) ? [CosStandin.Host] : [], hosts[1..]);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task No_secret_is_printed_logged_reported_or_passed_on()
    {
        Needs.RootUser();
        using var standin = await CosStandin.StartSignedAsync(Id, Key, Token);
        standin.PutMetadata(new { roles = new { node = new { secret_id = Id, secret_key = Key, token = Token } } });

        // A script can see every command line and its own environment.
        standin.Put("spy.sh", "#!/bin/bash\nenv\nps -ewwo args | grep thpc-node-agent\ntrue\n"u8.ToArray());
        await Task.WhenAll(
            AssertSilentAsync(standin, "env", "text"),
            AssertSilentAsync(standin, "env", "json"),
            AssertSilentAsync(standin, "file", "journal"),
            AssertSilentAsync(standin, "file", "auto"),
            AssertSilentAsync(standin, "role", "text"));
    }

    [Fact]
    public async Task Query_of_presigned_URL_is_not_shown()
    {
        Needs.RootUser();
        Needs.Program("openssl");
        using var standin = await CosStandin.StartAsync(
            "--tls-cert", Path.Combine(CosStandin.Certificates, "good.pem"), "--tls-key",
            Path.Combine(CosStandin.Certificates, "good.key"));
        _node.Configure(
            $"[[init_script]]\nscript_path = \"{standin.Url.GetLeftPart(UriPartial.Authority)}/echo.sh?q-signature=abc&token=hidden\"\n");
        var run = await Agent.RunAsync(
            _node, new Dictionary<string, string> { ["SSL_CERT_FILE"] = Path.Combine(CosStandin.Certificates, "ca.pem") }, "bootstrap",
            "--verbose");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("token=hidden", Assert.Single(standin.Requests()).Path, StringComparison.Ordinal);
        var status = await Agent.RunAsync(_node, "status", "--json");
        Assert.All(
            (string[])[run.Output, run.Errors, status.Output, _node.Read("/var/lib/thpc-node-agent/report.json")],
            text => Assert.DoesNotContain("hidden", text, StringComparison.Ordinal));
    }

    private static async Task AssertSilentAsync(CosStandin standin, string source, string format)
    {
        using var node = new TemporaryNode();
        Configure(
            node, standin, source, "spy.sh", $"_fault/503-x1/{source}-{format}.sh", "_fault/403/echo.sh", "_fault/404/echo.sh",
            "_fault/redirect/echo.sh", "_fault/wrong-crc/echo.sh", "_fault/too-large/echo.sh", "_fault/hang/echo.sh");
        standin.Put($"{source}-{format}.sh", "#!/bin/sh\n"u8.ToArray());
        if (source == "file")
        {
            KeepCredentials(node);
        }

        List<string> heard = [];
        foreach (var arguments in (string[][])[["bootstrap", "--script-timeout", "10"], ["status"], ["status", "--json"],
            ["config", "show"], ["config", "show", "--json"], ["bootstrap", "--dry-run"]])
        {
            var run = await Agent.RunAsync(node, source == "env" ? Given : [], [.. arguments, "--verbose", "--log-format", format]);
            heard.Add(run.Output);
            heard.Add(run.Errors);
        }

        Assert.Contains("thpc-node-agent bootstrap", node.Log(), StringComparison.Ordinal);
        Assert.Equal(6, node.Report().Stages[1].Steps.Count(step => step.Error is not null));
        heard.AddRange(
            Directory.EnumerateFiles(node.Directory, "*", SearchOption.AllDirectories)
                .Where(path => !path.EndsWith("cos-credentials.toml", StringComparison.Ordinal)).Select(File.ReadAllText));
        Assert.All(heard, text =>
        {
            Assert.DoesNotContain(Key, text, StringComparison.Ordinal);
            Assert.DoesNotContain(Token, text, StringComparison.Ordinal);
            Assert.DoesNotContain("q-signature", text, StringComparison.Ordinal);
        });
    }

    private static void Configure(TemporaryNode node, CosStandin standin, string source, params string[] keys)
    {
        var endpoint = standin.Url.GetLeftPart(UriPartial.Authority);
        node.Write(
            "/etc/thpc/node-agent.toml",
            TemporaryNode.Config.Replace(
                "endpoint = \"\"", $"endpoint = \"{(source == "role" ? endpoint : "")}\"", StringComparison.Ordinal));
        node.Configure($"[cos]\ncredentials = \"{source}\"\nendpoint = \"{endpoint}\"");
        foreach (var key in keys.DefaultIfEmpty("echo.sh"))
        {
            node.Configure(
                $"[[init_script]]\nscript_path = \"{CosStandin.Location(key)}\"\n{(keys.Length > 1 ? "on_failure = \"continue\"" : "")}");
        }
    }

    private static void KeepCredentials(TemporaryNode node) =>
        File.SetUnixFileMode(
            node.Write("/etc/thpc/cos-credentials.toml", $"secret_id = \"{Id}\"\nsecret_key = \"{Key}\"\ntoken = \"{Token}\"\n"),
            UnixFileMode.UserRead | UnixFileMode.UserWrite);

    /// <summary>both.pem and both.key: a certificate of the private authority for these names.</summary>
    private static void Issue(string directory, params string[] names)
    {
        using var authority = X509Certificate2.CreateFromPemFile(
            Path.Combine(CosStandin.Certificates, "ca.pem"), Path.Combine(CosStandin.Certificates, "ca.key"));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            alternatives.AddDnsName(name);
        }

        var request = new CertificateRequest("CN=both", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(alternatives.Build());
        using var issued = request.Create(authority, authority.NotBefore, authority.NotAfter, [1, 2, 3]);
        File.WriteAllText(Path.Combine(directory, "both.pem"), issued.ExportCertificatePem());
        File.WriteAllText(Path.Combine(directory, "both.key"), key.ExportPkcs8PrivateKeyPem());
    }
}
