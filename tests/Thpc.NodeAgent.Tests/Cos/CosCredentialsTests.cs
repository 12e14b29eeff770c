using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Tests.Cos;

public sealed class CosCredentialsTests : IDisposable
{
    private const string RoleAnswer =
        """{"TmpSecretId":"role-id","TmpSecretKey":"role-key","Token":"role-token","ExpiredTime":4102444800,"Code":"Success"}""";

    private readonly TemporaryNode _node = new();

    private readonly CredentialFinder _finder;

    public CosCredentialsTests() => _finder = new CredentialFinder(_node);

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData(500, 0)]
    [InlineData(503, 0)]
    [InlineData(429, 0)]
    [InlineData(200, 4)]
    public async Task Metadata_request_is_retried(int status, int delay)
    {
        using var metadata = await CosStandin.StartAsync();
        metadata.PutMetadata(
            new { roles = new { node = new { secret_id = "role-id", secret_key = "role-key", token = "t" } }, status, delay, times = 1 });
        Assert.Equal("role-id", (await _finder.FindAsync(CosCredentialSource.Auto, [], metadata.Url, TimeSpan.FromSeconds(20)))?.SecretId);
        Assert.Contains(delay > 0 ? "no answer within 3 s" : $"HTTP {status}", Assert.Single(_finder.Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Faulty_metadata_service_is_an_error_and_not_no_role(bool auto)
    {
        var source = auto ? CosCredentialSource.Auto : CosCredentialSource.Role;
        using var silent = new SilentServer();
        Assert.Equal(
            "cannot get the bound role from the metadata service: no answer within 3 s",
            (await _finder.RefusedAsync(source, silent.Url)).Message);
        using var metadata = await CosStandin.StartAsync();
        metadata.PutMetadata(new { status = 500 });
        var error = await _finder.RefusedAsync(source, metadata.Url, TimeSpan.FromSeconds(2));
        Assert.Matches(@"cannot get the bound role from the metadata service: HTTP 500 .* \(attempt \d", error.Message);
        Assert.Contains("metadata.endpoint", error.Hint.English, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1", (await _finder.RefusedAsync(source, new Uri("http://127.0.0.1:9"))).Message, StringComparison.Ordinal);
        metadata.PutMetadata(new { status = 403 });
        Assert.DoesNotContain(
            "attempt", (await _finder.RefusedAsync(source, metadata.Url, TimeSpan.FromMinutes(1))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(404, "not found")]
    [InlineData(200, "")]
    [InlineData(200, "\n")]
    public async Task Only_404_and_an_empty_list_mean_no_role(int status, string body)
    {
        using var metadata = CannedServer.Of(status, body);
        Assert.Null(await _finder.FindAsync(CosCredentialSource.Auto, [], metadata.Url));
        Assert.Contains("no role is bound", Assert.Single(_finder.Notes), StringComparison.Ordinal);
        Assert.Contains(
            "no role is bound", (await _finder.RefusedAsync(CosCredentialSource.Role, metadata.Url)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Expired_credential_is_refused()
    {
        using var metadata = await CosStandin.StartAsync();
        metadata.PutMetadata(new { roles = new { node = new { secret_id = "i", secret_key = "k", token = "t", expires_in = -1000 } } });
        Assert.Matches(
            @"role node from the metadata service: its credential expired at 2\d{3}-",
            (await _finder.RefusedAsync(CosCredentialSource.Role, metadata.Url)).Message);
    }

    /// <summary>A wrong node clock does not matter: expiry is compared with the service's time.</summary>
    [Fact]
    public async Task Expiry_is_compared_with_the_services_clock()
    {
        using var metadata = await CosStandin.StartAsync("--ahead", "-7200");
        metadata.PutMetadata(new { roles = new { node = new { secret_id = "i", secret_key = "k", token = "t", expires_in = -3600 } } });
        Assert.Equal("i", (await _finder.FindAsync(CosCredentialSource.Role, [], metadata.Url))?.SecretId);
    }

    [Theory]
    [InlineData("TENCENTCLOUD_SECRET_ID", "the environment sets TENCENTCLOUD_SECRET_ID but not TENCENTCLOUD_SECRET_KEY")]
    [InlineData("TENCENTCLOUD_SECRET_KEY", "the environment sets TENCENTCLOUD_SECRET_KEY but not TENCENTCLOUD_SECRET_ID")]
    [InlineData("TENCENTCLOUD_TOKEN", "the environment sets TENCENTCLOUD_TOKEN but neither")]
    public async Task Incomplete_key_pair_in_the_environment_is_an_error(string name, string message)
    {
        foreach (var source in (CosCredentialSource[])[CosCredentialSource.Auto, CosCredentialSource.Environment])
        {
            var error = await Assert.ThrowsAsync<AgentException>(() => _finder.FindAsync(source, new() { [name] = "hidden-key-text" }));
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Keys_in_quotes_are_refused()
    {
        var error = await Assert.ThrowsAsync<AgentException>(
            () => _finder.FindAsync(
                CosCredentialSource.Environment, new() { ["TENCENTCLOUD_SECRET_ID"] = "i", ["TENCENTCLOUD_SECRET_KEY"] = "\"k\"" }));
        Assert.Contains("the credential of environment has a secret key in quotes", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mkdir -p", "is a directory")]
    [InlineData("mkfifo", "is a FIFO or a device, not a regular file")]
    [InlineData("ln -s /nowhere", "is a symbolic link whose target does not exist")]
    public async Task Path_that_is_not_a_regular_file_is_refused(string make, string message)
    {
        var made = await ProgramRunner.RunAsync(
            [.. make.Split(' '), _node.Root.CosCredentials], TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.True(made.Succeeded);
        Assert.Contains(message, (await _finder.RefusedAsync(CosCredentialSource.File)).Message, StringComparison.Ordinal);
        Assert.Contains(message, (await _finder.RefusedAsync(CosCredentialSource.Auto)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Error_names_the_missing_source()
    {
        Assert.Contains("does not exist", (await _finder.RefusedAsync(CosCredentialSource.File)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "TENCENTCLOUD_SECRET_ID", (await _finder.RefusedAsync(CosCredentialSource.Environment)).Message, StringComparison.Ordinal);
        Assert.Contains("switched off", (await _finder.RefusedAsync(CosCredentialSource.Role)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"Code":"Failed"}""", "Code is Failed")]
    [InlineData("""{"Code":"InternalError","Message":"role is not bound"}""", "Code is InternalError, role is not bound")]
    [InlineData("{}", "Code is missing")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("<html>", "not valid JSON")]
    [InlineData("""{"TmpSecretId":"i","TmpSecretKey":"k","Code":"Success"}""", "lacks TmpSecretId, TmpSecretKey or Token")]
    public async Task Unusable_role_answer_is_an_error_with_its_reason(string answer, string reason)
    {
        using var server = Canned(answer);
        Assert.Contains(reason, (await _finder.RefusedAsync(CosCredentialSource.Role, server.Url)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_with_odd_time_or_charset_is_accepted()
    {
        using var server = CannedServer.Of(
            200, RoleAnswer.Replace("4102444800", "\"soon\"", StringComparison.Ordinal), "Content-Type: text/plain; charset=klingon");
        Assert.Equal("role-id", (await _finder.FindAsync(CosCredentialSource.Role, [], server.Url))?.SecretId);
    }

    [Fact]
    public void Credential_text_hides_its_secrets() =>
        Assert.Equal("credential of environment", $"{new CosCredential("id", "hidden-key", "hidden-token", "environment")}");

    // The same answer to both requests: the first one is taken as a role's name.
    private static CannedServer Canned(string answer) => CannedServer.Of(200, answer);
}
