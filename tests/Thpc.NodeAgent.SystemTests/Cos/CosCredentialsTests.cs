using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Cos;

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

    private readonly CredentialFinder _finder;

    public CosCredentialsTests() => _finder = new CredentialFinder(_node);

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Auto_takes_the_environment_then_the_file_then_the_role_then_none()
    {
        Needs.RootUser();
        using var server = Canned(RoleAnswer);
        Keep(Kept);
        Assert.Equal(("env-id", "env-key", "env-token"), Parts(await _finder.FindAsync(CosCredentialSource.Auto, Given, server.Url)));
        Assert.Equal(("file-id", "file-key", "file-token"), Parts(await _finder.FindAsync(CosCredentialSource.Auto, [], server.Url)));
        File.Delete(_node.On("/etc/thpc/cos-credentials.toml"));
        using var metadata = await RoleServerAsync();
        Assert.Equal(("role-id", "role-key", "role-token"), Parts(await _finder.FindAsync(CosCredentialSource.Auto, [], metadata.Url)));
        Assert.Empty(_finder.Notes);
        Assert.Null(await _finder.FindAsync(CosCredentialSource.Auto, [], null));
        Assert.Contains("sending unsigned requests", Assert.Single(_finder.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Named_source_is_the_only_one_read()
    {
        Needs.RootUser();
        Keep(Kept);
        using var metadata = await RoleServerAsync();
        Assert.Equal("env-id", (await _finder.FindAsync(CosCredentialSource.Environment, Given, metadata.Url))?.SecretId);
        Assert.Equal("file-id", (await _finder.FindAsync(CosCredentialSource.File, Given, metadata.Url))?.SecretId);
        Assert.Equal("role-id", (await _finder.FindAsync(CosCredentialSource.Role, Given, metadata.Url))?.SecretId);
        Assert.Null(await _finder.FindAsync(CosCredentialSource.Anonymous, Given, metadata.Url));
    }

    [Fact]
    public async Task Key_pair_without_token_is_accepted()
    {
        Needs.RootUser();
        Keep("secret_id = \"file-id\"\nsecret_key = \"file-key\"\ntoken = \"\"\n");
        Assert.Null((await _finder.FindAsync(CosCredentialSource.File))?.Token);
        Assert.Null((await _finder.FindAsync(
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
        var error = await _finder.RefusedAsync(CosCredentialSource.File);
        Assert.Contains("users other than root", error.Message, StringComparison.Ordinal);
        Assert.Contains("chmod 600", error.Hint.English, StringComparison.Ordinal);
        await _finder.RefusedAsync(CosCredentialSource.Auto);
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
        Assert.Contains("is not owned by root", (await _finder.RefusedAsync(CosCredentialSource.File)).Message, StringComparison.Ordinal);
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
    [InlineData("# here\nsecret_id = hidden-key-text\n", "cos-credentials.toml:2:13: the file is not valid TOML")]
    [InlineData("secret_id = \"id\"\nsecret_key = \"hidden-key-text\\", "the file is not valid TOML")]
    [InlineData("secret_id = \"id\"\nl\"\\u", "the file is not valid TOML")]
    [InlineData("secret_id = 5\nsecret_key = \"hidden-key-text\"\n", "cos-credentials.toml:1: the value is not a string in quotes")]
    [InlineData("secret_id = \"id\"\nsecret_key = \"hidden-key-text\\n\"\n", "an invalid character")]
    [InlineData("secret_id = \"id\"\nsecret_key = \"k\"\ntoken = \"hidden-key-text é\"\n", "an invalid character")]
    public async Task Invalid_file_is_named_and_never_quoted(string text, string message)
    {
        Needs.RootUser();
        Keep(text);
        var error = await _finder.RefusedAsync(CosCredentialSource.File);
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
        Assert.Contains("users other than root", (await _finder.RefusedAsync(CosCredentialSource.File)).Message, StringComparison.Ordinal);
    }

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
}
