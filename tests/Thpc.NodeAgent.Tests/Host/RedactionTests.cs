using CsCheck;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Tests.Host;

public sealed class RedactionTests
{
    // {0} is a secret of which nobody knows but that it stands here.
    private static readonly string[] Places =
    [
        "secret_key = \"{0}\"", "secret_key=\"{0}", "SecretKey: {0}", "\"SecretKey\": \"{0}\",", "'TmpSecretKey' => '{0}'", "export TENCENTCLOUD_SECRET_KEY={0}", "TOKEN={0} ./script.sh",
        "mysql --password={0} -h db", "mysql --password {0} -h db", "password: {0}", "db_passwd={0};", "Authorization: q-sign-algorithm=sha1&q-ak=x&q-signature={0}", "authorization: Bearer {0}", "+ curl -H 'Authorization: {0}' https://x",
        "x-cos-security-token: {0}", "GET https://bucket.cos.example.com/a.sh?sign={0}&x=1 200", "https://user:{0}@example.com/x", "script_path = \"https://h/a?{0}\"", "api_key={0}", "token = \"\"\"\n{0}\n\"\"\"",
        "-----BEGIN RSA PRIVATE KEY-----\n{0}\n-----END RSA PRIVATE KEY-----\n", "-----BEGIN OPENSSH PRIVATE KEY-----\n{0}\n", "q-signature={0}&q-ak=", "id AKID{0} used",
    ];

    private static readonly Gen<string> Secret = Gen.Char["ABCXYZabcxyz0123456789_-"].Array[16, 40].Select(chars => new string(chars));

    [Fact]
    public void No_secret_that_is_named_as_one_comes_out() =>
        Gen.Select(Secret, Gen.Int[0, Places.Length - 1], Gen.String.AlphaNumeric, Gen.String.AlphaNumeric).Sample((secret, place, before, after) =>
        {
            var text = $"{before}\n{Places[place].Replace("{0}", secret, StringComparison.Ordinal)}\n{after}";
            Assert.DoesNotContain(secret, new Redaction([]).Apply(text), StringComparison.Ordinal);
        });

    [Fact]
    public void No_secret_that_is_known_comes_out_wherever_it_stands() =>
        Gen.Select(Secret.Array[1, 4], Gen.String.Array[1, 6]).Sample((secrets, parts) =>
        {
            var text = string.Join(secrets[0], parts) + string.Concat(secrets);
            var shown = new Redaction(secrets).Apply(text);
            Assert.All(secrets, secret => Assert.DoesNotContain(secret, shown, StringComparison.Ordinal));
        });

    [Theory]
    [InlineData("mount -t nfs -o vers=4.0,noresvport 172.30.3.90:/ /data")]
    [InlineData("172.30.3.90:/ /data nfs4 vers=4,minorversion=0,x-thpc.cluster=hpc-8hje8h12 0 0")]
    [InlineData("[cluster]\nid = \"hpc-8hje8h12\"\nnode_role = \"COMPUTE\"\n")]
    [InlineData("script_path = \"cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/test/echo.sh\"")]
    [InlineData("MOUNT_TIMEOUT /data: no answer within 3 s → The server accepts connections but does not answer")]
    public void What_a_supporter_needs_stays_as_it_is(string text) => Assert.Equal(text, new Redaction(["short"]).Apply(text));

    [Fact]
    public void Its_name_stays_so_that_a_reader_sees_that_it_was_there() =>
        Assert.Equal("secret_key = [redacted]\nnode_role = \"COMPUTE\"", new Redaction([]).Apply("secret_key = \"abc\"\nnode_role = \"COMPUTE\""));
}
