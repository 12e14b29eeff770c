using CsCheck;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Tests.Text;

public sealed class RedactorTests
{
    private const int Length = 256 << 10;

    // Pieces of redacted patterns, to be repeated.
    private static readonly string[] Pieces =
    [
        "secret", "token", "passwd", "signature", "api-key", "q-ak", "0123456789abcdef", "a", "a.", "A-", "_", " ", "\t", "\n", "\r",
        "=", ":", "=>", "://", "a://", "b:", "?", "/", "@", "\"", "'", "\"\"\"", "'''", "\\", "\\\"", "$", ",", ";", "&", "#", "<", ">",
        "<token>", "-----BEGIN ", "-----END ", "PRIVATE KEY-----", "AKID", "authorization", "authorization:", " -p", " -pA", "mysql ",
        "sshpass -p ", "--token ", "signature:", "token: no", "login a password ", "é",
    ];

    // {0} is a secret that is recognized only by its position.
    private static readonly string[] Places =
    [
        "secret_key = \"{0}\"", "secret_key=\"{0}", "SecretKey: {0}", "\"SecretKey\": \"{0}\",", "'TmpSecretKey' => '{0}'",
        "export TENCENTCLOUD_SECRET_KEY={0}", "TOKEN={0} ./script.sh",
        "mysql --password={0} -h db", "mysql --password {0} -h db", "password: {0}", "db_passwd={0};",
        "Authorization: q-sign-algorithm=sha1&q-ak=x&q-signature={0}", "authorization: Bearer {0}",
        "+ curl -H 'Authorization: {0}' https://x",
        "x-cos-security-token: {0}", "GET https://bucket.cos.example.com/a.sh?sign={0}&x=1 200", "https://user:{0}@example.com/x",
        "script_path = \"https://h/a?{0}\"", "api_key={0}", "token = \"\"\"\n{0}\n\"\"\"",
        "-----BEGIN RSA PRIVATE KEY-----\n{0}\n-----END RSA PRIVATE KEY-----\n", "-----BEGIN OPENSSH PRIVATE KEY-----\n{0}\n",
        "q-signature={0}&q-ak=", "id AKID{0} used",
        "pw={0}", "PW={0}", "db_pw: {0}", "mysql -u root -p{0} db", "/usr/bin/mysqldump -p'{0}' db", "sshpass -p {0} ssh -p 22 host",
        "sshpass -p{0} ssh host", "['mariadb', '-p{0}']", "DB_PASS={0}", "MYSQL_PWD={0}", "--db-pass {0}",
        "{\\\"password\\\": \\\"{0}\\\"}", "{\"token\":\n  \"{0}\"}", "<SecretKey>{0}</SecretKey>", "machine h login u password {0}",
        "token := {0}", "PASSWORD=$'{0}'", "passwords: {0}", "password: {0} # of the database", "https://h/https://u:{0}@h/x",
        "https://u:p@{0}@h/", "https://h/a:b?{0}", "curl -H \"Authorization: {0}\" h",
    ];

    private static readonly Gen<string> Secret = Gen.Char["ABCXYZabcxyz0123456789_-"].Array[16, 40].Select(chars => new string(chars));

    [Fact]
    public void No_secret_that_is_named_as_one_comes_out() =>
        Gen.Select(Secret, Gen.Int[0, Places.Length - 1], Gen.String.AlphaNumeric, Gen.String.AlphaNumeric)
            .Sample((secret, place, before, after) =>
        {
            var text = $"{before}\n{Places[place].Replace("{0}", secret, StringComparison.Ordinal)}\n{after}";
            Assert.DoesNotContain(secret, new Redactor([]).Apply(text), StringComparison.Ordinal);
        });

    [Fact]
    public void Each_place_hides_its_secret() => Assert.All(Places, place =>
        Assert.DoesNotContain(
            "Zq3_xV8-kLmN0pQrS",
            new Redactor([]).Apply(place.Replace("{0}", "Zq3_xV8-kLmN0pQrS", StringComparison.Ordinal)),
            StringComparison.Ordinal));

    [Fact]
    public void Longer_secret_is_hidden_whole() =>
        Assert.Equal("[redacted] [redacted]", new Redactor(["secret-one", "secret-one-more"]).Apply("secret-one-more secret-one"));

    [Theory]
    [InlineData("abcdef", "x [redacted]")]
    [InlineData("abcde", "x abcde")]
    public void Known_secret_has_six_characters_or_more(string secret, string shown) =>
        Assert.Equal(shown, new Redactor([secret]).Apply($"x {secret}"));

    [Fact]
    public void No_secret_that_is_known_comes_out_wherever_it_stands() =>
        Gen.Select(Secret.Array[1, 4], Gen.String.Array[1, 6]).Sample((secrets, parts) =>
        {
            var text = string.Join(secrets[0], parts) + string.Concat(secrets);
            var shown = new Redactor(secrets).Apply(text);
            Assert.All(secrets, secret => Assert.DoesNotContain(secret, shown, StringComparison.Ordinal));
        });

    [Theory]
    [InlineData("mount -t nfs -o vers=4.0,noresvport 172.30.3.90:/ /data")]
    [InlineData("172.30.3.90:/ /data nfs4 vers=4,minorversion=0,x-thpc.cluster=hpc-8hje8h12 0 0")]
    [InlineData("[cluster]\nid = \"hpc-8hje8h12\"\nnode_role = \"COMPUTE\"\n")]
    [InlineData("script_path = \"cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/test/echo.sh\"")]
    [InlineData("MOUNT_TIMEOUT /data: no answer within 3 s → The server accepts connections but does not answer")]
    [InlineData("bash: -c: line 1: syntax error near unexpected token `fi'")]
    [InlineData("SyntaxError: Unexpected token < in JSON at position 0")]
    [InlineData("passwd: Authentication token manipulation error")]
    [InlineData("passwd: Authentication token manipulation error\npasswd: password unchanged")]
    [InlineData("sudo: a terminal is required to read the password; either use the -S option\nsudo: a password is required")]
    [InlineData("ERROR 1045 (28000): Access denied for user 'root'@'localhost' (using password: YES)")]
    [InlineData("mysql: [Warning] Using a password on the command line interface can be insecure.")]
    [InlineData("Enter password: \nlogged in")]
    [InlineData("chpasswd: line 1: missing new password")]
    [InlineData("passwd:         files systemd\nshadow: files")]
    [InlineData("passwd: compat")]
    [InlineData("Signature   : RSA/SHA256, Mon 01 Jan 2026, Key ID 199e2f91fd431d51")]
    [InlineData("SCRIPT_FAILED: a.sh exited with 1")]
    [InlineData("COS_CREDENTIALS: /etc/thpc/cos-credentials.toml is not root's")]
    [InlineData("credentials = \"role\"")]
    [InlineData("tokenizer = bert\nlib/secretary=3")]
    [InlineData("--password-file /etc/mysql.cnf --secret_path=/run/s PASSWORD_FILE=/x")]
    [InlineData("if token == other && token != third; then")]
    [InlineData("std::token::value pw.c: In function `f'")]
    [InlineData("PWD=/root OLDPWD=/ pass=3 PASS: test_one")]
    [InlineData("mkdir -p /data; ssh -p 22 h; ssh -p2222 h; find / -print0; gcc -pthread x.c; tar -pxzf a; patch -p1; ps -p1234")]
    [InlineData("sbatch -pCOMPUTE job.sh")]
    [InlineData("curl --token option is deprecated")]
    [InlineData("https://mirrors.example.com:8080/a:b/c@d mail a@b")]
    [InlineData("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----")]
    public void What_a_supporter_needs_stays_as_it_is(string text) => Assert.Equal(text, new Redactor(["short"]).Apply(text));

    [Fact]
    public void Its_name_stays_so_that_a_reader_sees_that_it_was_there() =>
        Assert.Equal(
            "secret_key = [redacted]\nnode_role = \"COMPUTE\"", new Redactor([]).Apply("secret_key = \"abc\"\nnode_role = \"COMPUTE\""));

    [Theory]
    [InlineData("mysql -uroot -pSECRET -h db", "mysql -uroot -p[redacted] -h db")]
    [InlineData("-pSECRET", "-p[redacted]")]
    [InlineData("pw=abc; next", "pw=[redacted]; next")]
    [InlineData("curl -H 'Authorization: Bearer abc' https://h/x", "curl -H 'Authorization: [redacted]' https://h/x")]
    [InlineData("sshpass -p abc ssh -p 22 h", "sshpass -p [redacted] ssh -p 22 h")]
    [InlineData("git clone https://u:p@h/r.git && make", "git clone https://[redacted]@h/r.git && make")]
    [InlineData("GET https://h/a?sign=x 200", "GET https://h/a?[redacted] 200")]
    [InlineData("<SecretKey>abc</SecretKey>", "<SecretKey>[redacted]</SecretKey>")]
    [InlineData("--password abc --host db", "--password [redacted] --host db")]
    [InlineData("id = \"AKID0123456789\"", "id = \"[redacted]\"")]
    [InlineData("token = \"ab\\\"cd\" next", "token = [redacted] next")]
    [InlineData("password: hunter\nnext", "password: [redacted]\nnext")]
    [InlineData("a\n-----BEGIN RSA PRIVATE KEY-----\nx\n-----END RSA PRIVATE KEY-----\nb", "a\n[redacted]\nb")]
    [InlineData("-----BEGIN PRIVATE KEY-----\n-----END CERTIFICATE-----\nx\n-----END PRIVATE KEY-----", "[redacted]")]
    public void Only_the_secret_is_hidden(string text, string shown) => Assert.Equal(shown, new Redactor([]).Apply(text));

    [Fact]
    public void Time_grows_with_the_length_and_no_faster()
    {
        var piece = Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]);
        Gen.Select(piece, piece, piece, piece).Sample(
            (before, first, second, after) => AssertLinear(before + Repeated(first + second) + after), iter: 200, threads: 1);
    }

    [Fact]
    public void Time_grows_with_the_length_for_each_piece_alone() => Assert.All(Pieces, piece => AssertLinear(Repeated(piece)));

    private static string Repeated(string piece) => string.Concat(Enumerable.Repeat(piece, Length / piece.Length));

    // Linear time is at most half a second, quadratic time minutes.
    private static void AssertLinear(string text) =>
        Assert.InRange(ProcessorTime.Of(() => new Redactor([]).Apply(text)), TimeSpan.Zero, TimeSpan.FromSeconds(10));
}
