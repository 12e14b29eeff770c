using System.Diagnostics.CodeAnalysis;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Network;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Host.Cos;

public sealed class CosCredentialsTests : IDisposable
{
    private static readonly Dictionary<string, string> Given = new()
    {
        ["TENCENTCLOUD_SECRET_ID"] = "env-id",
        ["TENCENTCLOUD_SECRET_KEY"] = "env-key",
        ["TENCENTCLOUD_TOKEN"] = "env-token",
    };

    private const string Kept = "secret_id = \"file-id\"\nsecret_key = \"file-key\"\ntoken = \"file-token\"\n";
    private const string RoleAnswer =
        """{"TmpSecretId":"role-id","TmpSecretKey":"role-key","Token":"role-token","ExpiredTime":4102444800,"Code":"Success"}""";
    private readonly TemporaryNode _node = new();
    private readonly List<string> _notes = [];

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Auto_takes_the_environment_then_the_file_then_the_role_then_none()
    {
        Needs.RootUser();
        using var server = Canned(RoleAnswer);
        Keep(Kept);
        Assert.Equal(("env-id", "env-key", "env-token"), Parts(await FindAsync(CosCredentialSource.Auto, Given, server.Url)));
        Assert.Equal(("file-id", "file-key", "file-token"), Parts(await FindAsync(CosCredentialSource.Auto, [], server.Url)));
        File.Delete(_node.On("/etc/thpc/cos-credentials.toml"));
        using var metadata = await RoleServerAsync();
        Assert.Equal(("role-id", "role-key", "role-token"), Parts(await FindAsync(CosCredentialSource.Auto, [], metadata.Url)));
        Assert.Empty(_notes);
        Assert.Null(await FindAsync(CosCredentialSource.Auto, [], null));
        Assert.Contains("sending unsigned requests", Assert.Single(_notes), StringComparison.Ordinal);
    }

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
        Assert.Equal("role-id", (await FindAsync(CosCredentialSource.Auto, [], metadata.Url, TimeSpan.FromSeconds(20)))?.SecretId);
        Assert.Contains(delay > 0 ? "no answer within 3 s" : $"HTTP {status}", Assert.Single(_notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Silent_metadata_service_is_an_error_and_not_no_role(bool auto)
    {
        var source = auto ? CosCredentialSource.Auto : CosCredentialSource.Role;
        using var metadata = await CosStandin.StartAsync();
        metadata.PutMetadata(new { status = 500 });
        var error = await RefusedAsync(source, metadata.Url, TimeSpan.FromSeconds(2));
        Assert.Matches(@"cannot get the bound role from the metadata service: HTTP 500 .* \(attempt \d", error.Message);
        Assert.Contains("metadata.endpoint", error.Hint.English, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1", (await RefusedAsync(source, new Uri("http://127.0.0.1:9"))).Message, StringComparison.Ordinal);
        metadata.PutMetadata(new { status = 403 });
        Assert.DoesNotContain(
            "attempt", (await RefusedAsync(source, metadata.Url, TimeSpan.FromMinutes(1))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(404, "not found")]
    [InlineData(200, "")]
    [InlineData(200, "\n")]
    public async Task Only_404_and_an_empty_list_mean_no_role(int status, string body)
    {
        using var metadata = CannedServer.Of(status, body);
        Assert.Null(await FindAsync(CosCredentialSource.Auto, [], metadata.Url));
        Assert.Contains("no role is bound", Assert.Single(_notes), StringComparison.Ordinal);
        Assert.Contains("no role is bound", (await RefusedAsync(CosCredentialSource.Role, metadata.Url)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Expired_credential_is_refused()
    {
        using var metadata = await CosStandin.StartAsync();
        metadata.PutMetadata(new { roles = new { node = new { secret_id = "i", secret_key = "k", token = "t", expires_in = -1000 } } });
        Assert.Matches(
            @"role node from the metadata service: its credential expired at 2\d{3}-",
            (await RefusedAsync(CosCredentialSource.Role, metadata.Url)).Message);
    }

    /// <summary>A wrong node clock does not matter: expiry is compared with the service's time.</summary>
    [Fact]
    public async Task Expiry_is_compared_with_the_services_clock()
    {
        using var metadata = await CosStandin.StartAsync("--ahead", "-7200");
        metadata.PutMetadata(new { roles = new { node = new { secret_id = "i", secret_key = "k", token = "t", expires_in = -3600 } } });
        Assert.NotNull(await FindAsync(CosCredentialSource.Role, [], metadata.Url));
    }

    [Theory]
    [InlineData("TENCENTCLOUD_SECRET_ID", "the environment sets TENCENTCLOUD_SECRET_ID but not TENCENTCLOUD_SECRET_KEY")]
    [InlineData("TENCENTCLOUD_SECRET_KEY", "the environment sets TENCENTCLOUD_SECRET_KEY but not TENCENTCLOUD_SECRET_ID")]
    [InlineData("TENCENTCLOUD_TOKEN", "the environment sets TENCENTCLOUD_TOKEN but neither")]
    public async Task Incomplete_key_pair_in_the_environment_is_an_error(string name, string message)
    {
        foreach (var source in (CosCredentialSource[])[CosCredentialSource.Auto, CosCredentialSource.Environment])
        {
            var error = await Assert.ThrowsAsync<AgentException>(() => FindAsync(source, new() { [name] = "hidden-key-text" }));
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Keys_in_quotes_are_refused()
    {
        var error = await Assert.ThrowsAsync<AgentException>(
            () => FindAsync(
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
        Assert.Contains(message, (await RefusedAsync(CosCredentialSource.File)).Message, StringComparison.Ordinal);
        Assert.Contains(message, (await RefusedAsync(CosCredentialSource.Auto)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Named_source_is_the_only_one_read()
    {
        Needs.RootUser();
        Keep(Kept);
        using var metadata = await RoleServerAsync();
        Assert.Equal("env-id", (await FindAsync(CosCredentialSource.Environment, Given, metadata.Url))?.SecretId);
        Assert.Equal("file-id", (await FindAsync(CosCredentialSource.File, Given, metadata.Url))?.SecretId);
        Assert.Equal("role-id", (await FindAsync(CosCredentialSource.Role, Given, metadata.Url))?.SecretId);
        Assert.Null(await FindAsync(CosCredentialSource.Anonymous, Given, metadata.Url));
    }

    [Fact]
    public async Task Key_pair_without_token_is_accepted()
    {
        Needs.RootUser();
        Keep("secret_id = \"file-id\"\nsecret_key = \"file-key\"\ntoken = \"\"\n");
        Assert.Null((await FindAsync(CosCredentialSource.File))?.Token);
        Assert.Null((await FindAsync(
            CosCredentialSource.Environment,
            new() { ["TENCENTCLOUD_SECRET_ID"] = "i", ["TENCENTCLOUD_SECRET_KEY"] = "k", ["TENCENTCLOUD_TOKEN"] = "" }))?.Token);
    }

    [Theory]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite)]
    public async Task File_that_other_users_can_read_or_write_is_refused(UnixFileMode mode)
    {
        Needs.RootUser();
        Keep(Kept, mode);
        var error = await RefusedAsync(CosCredentialSource.File);
        Assert.Contains("users other than root", error.Message, StringComparison.Ordinal);
        Assert.Contains("chmod 600", error.Hint.English, StringComparison.Ordinal);
        await RefusedAsync(CosCredentialSource.Auto);
    }

    [Fact]
    public async Task File_owned_by_another_user_is_refused()
    {
        Needs.RootUser();
        Keep(Kept);
        var changed = await ProgramRunner.RunAsync(
            ["chown", "65534", _node.On("/etc/thpc/cos-credentials.toml")], TimeSpan.FromSeconds(30),
            TestContext.Current.CancellationToken);
        Assert.True(changed.Succeeded);
        Assert.Contains("is not owned by root", (await RefusedAsync(CosCredentialSource.File)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("secret_id = \"only-an-id\"\n", "lacks secret_key")]
    [InlineData("", "lacks secret_id and secret_key")]
    [InlineData(
        "secretId = \"id\"\nSecretKey = \"hidden-key-text\"\n",
        "lacks secret_id and secret_key; it has unknown keys: secretId, SecretKey")]
    [InlineData(
        "[default]\nsecret_id = \"id\"\nsecret_key = \"hidden-key-text\"\n",
        "lacks secret_id and secret_key; it has unknown keys: [default]")]
    [InlineData("secret_id = \"id\"\nhidden-key-text-that-is-long = 1\n", "lacks secret_key")]
    [InlineData("secret_id = \"id\"\nsecret_key = \"'hidden-key-text'\"\n", "has a secret key in quotes")]
    [InlineData("# here\nsecret_id = hidden-key-text\n", "cos-credentials.toml:2: the file is not valid TOML")]
    [InlineData("secret_id = \"id\"\nsecret_key = \"hidden-key-text\\", "the file is not valid TOML")]
    [InlineData("secret_id = \"id\"\nl\"\\u", "the file is not valid TOML")]
    [InlineData("secret_id = 5\nsecret_key = \"hidden-key-text\"\n", "cos-credentials.toml:1: the value is not a string in quotes")]
    [InlineData("secret_id = \"id\"\nsecret_key = \"hidden-key-text\\n\"\n", "an invalid character")]
    [InlineData("secret_id = \"id\"\nsecret_key = \"k\"\ntoken = \"hidden-key-text é\"\n", "an invalid character")]
    public async Task Invalid_file_is_named_and_never_quoted(string text, string message)
    {
        Needs.RootUser();
        Keep(text);
        var error = await RefusedAsync(CosCredentialSource.File);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden-key-text", error.ToString(), StringComparison.Ordinal);
    }

    /// <summary>With an access list, the mode's group bits show the list's mask.</summary>
    [Theory]
    [InlineData("u:65534:r")]
    [InlineData("g:65534:w")]
    public async Task File_opened_by_an_access_list_is_refused(string list)
    {
        Needs.RootUser();
        Needs.Program("setfacl");
        Keep(Kept);
        Assert.True((await ProgramRunner.RunAsync(
            ["setfacl", "-m", list, _node.Root.CosCredentials], TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken)).Succeeded);
        Assert.Contains("users other than root", (await RefusedAsync(CosCredentialSource.File)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Error_names_the_missing_source()
    {
        Assert.Contains("does not exist", (await RefusedAsync(CosCredentialSource.File)).Message, StringComparison.Ordinal);
        Assert.Contains("TENCENTCLOUD_SECRET_ID", (await RefusedAsync(CosCredentialSource.Environment)).Message, StringComparison.Ordinal);
        Assert.Contains("switched off", (await RefusedAsync(CosCredentialSource.Role)).Message, StringComparison.Ordinal);
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
        Assert.Contains(reason, (await RefusedAsync(CosCredentialSource.Role, server.Url)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_with_odd_time_or_charset_is_accepted()
    {
        using var server = CannedServer.Of(
            200, RoleAnswer.Replace("4102444800", "\"soon\"", StringComparison.Ordinal), "Content-Type: text/plain; charset=klingon");
        Assert.Equal("role-id", (await FindAsync(CosCredentialSource.Role, [], server.Url))?.SecretId);
    }

    [Fact]
    public void Credential_text_hides_its_secrets() =>
        Assert.Equal("credential of environment", $"{new CosCredential("id", "hidden-key", "hidden-token", "environment")}");

    private static (string?, string?, string?) Parts(CosCredential? credential) =>
        (credential?.SecretId, credential?.SecretKey, credential?.Token);

    // The same answer to both requests: the first one is taken as a role's name.
    private static CannedServer Canned(string answer) => CannedServer.Of(200, answer);

    private static async Task<CosStandin> RoleServerAsync()
    {
        var standin = await CosStandin.StartAsync();
        standin.PutMetadata(new { roles = new { node = new { secret_id = "role-id", secret_key = "role-key", token = "role-token" } } });
        return standin;
    }

    private void Keep(string text, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite) =>
        File.SetUnixFileMode(_node.Write("/etc/thpc/cos-credentials.toml", text), mode);

    [SuppressMessage("Reliability", "CA2000", Justification = "It is disposed of.")]
    private async Task<CosCredential?> FindAsync(
        CosCredentialSource source, Dictionary<string, string>? environment = null, Uri? metadata = null, TimeSpan? limit = null)
    {
        using var service = new MetadataService(metadata);
        return await new CosCredentials(source, _node.Root, service, environment ?? []).FindAsync(
            limit ?? TimeSpan.Zero, _notes.Add, TestContext.Current.CancellationToken);
    }

    private async Task<AgentException> RefusedAsync(CosCredentialSource source, Uri? metadata = null, TimeSpan? limit = null)
    {
        var error = await Assert.ThrowsAsync<AgentException>(() => FindAsync(source, [], metadata, limit));
        Assert.Equal("COS_CREDENTIALS", error.Code.Name);
        return error;
    }
}
