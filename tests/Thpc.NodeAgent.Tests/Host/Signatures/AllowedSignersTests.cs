using System.Security.Cryptography;
using CsCheck;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Host.Signatures;

namespace Thpc.NodeAgent.Tests.Host.Signatures;

/// <summary>The oracle is `ssh-keygen -Y verify`.</summary>
public sealed class AllowedSignersTests(SshKeys keys) : IClassFixture<SshKeys>
{
    private const string Kind = "ecdsa256";
    private const string Now = "20260715120000Z";
    private static readonly DateTimeOffset Time = new(2026, 7, 15, 12, 0, 0, TimeSpan.Zero);
    private static readonly byte[] Script = "#!/bin/sh\n"u8.ToArray();

    // The options between principal and key.
    private static readonly string[] Honoured =
    [
        "", "namespaces=\"thpc-init-script\"", "namespaces=\"git,thpc-init-script\"", "namespaces=\"thpc-*\"",
        "namespaces=\"thpc-init-scrip?\"",
        "NAMESPACES=\"*\"", "namespaces=\"git\"", "namespaces=\"*,!thpc-init-script\"", "namespaces=\"!git,thpc-init-script\"",
        "namespaces=\"\"",
        "namespaces=\"thpc-init-script \"", "namespaces=\"thpc*x\"", "namespaces=\"t**t\"",
        "valid-after=\"20260715\"", "valid-after=\"20260715Z\"", "valid-after=\"20260715120000Z\"", "valid-after=\"20260715120001Z\"",
        "valid-after=\"202607151200z\"",
        "valid-before=\"20260715120000Z\"", "valid-before=\"20260715115959Z\"", "valid-before=\"20270101\"", "valid-before=\"20200101\"",
        "valid-after=\"20260101\",valid-before=\"20270101\"", "valid-after=\"20260101\",namespaces=\"git\"",
        "namespaces=\"thpc-init-script\",valid-before=\"20260716\",valid-after=\"20260714\"",
    ];

    private static readonly string[] Refused =
    [
        "cert-authority", "cert-authority,namespaces=\"thpc-init-script\"", "no-touch-required", "namespaces=thpc-init-script",
        "namespaces=\"a\",namespaces=\"thpc-init-script\"",
        "valid-after=\"2026\"", "valid-after=\"2026-07-15\"", "valid-before=\"20261301\"",
        "valid-after=\"20270101\",valid-before=\"20260101\"", "valid-after=\"\"", "namespaces=\"a\"x", "namespaces=\"a",
        "namespaces=\"a\",",
    ];

    public static TheoryData<string> HonouredOptions => [.. Honoured];

    public static TheoryData<string> RefusedOptions => [.. Refused];

    [Theory]
    [MemberData(nameof(HonouredOptions))]
    public void Options_equal_those_of_ssh_keygen(string options)
    {
        Needs.Program("ssh-keygen");
        var line = $"me {options} {keys.PublicKey(Kind)} comment\n";
        Assert.Equal(keys.Verifies(line, "me", Script, keys.Sign(Kind, Script), Now), Signer(line) is not null);
    }

    [Theory]
    [MemberData(nameof(RefusedOptions))]
    public void Unsupported_line_makes_the_file_invalid(string options)
    {
        Needs.Program("ssh-keygen");
        var key = keys.PublicKey(Kind);
        var error = Assert.Throws<SignatureException>(() => AllowedSigners.Parse($"# signers\nme {key}\nother {options} {key}\n"));
        Assert.StartsWith("line 3: ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("me sk-ssh-ed25519@openssh.com "
        + "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABHNzaDo=",
        "hardware tokens (sk-ssh-ed25519@openssh.com)")]
    [InlineData("me ssh-dss AAAAB3NzaC1kc3M=", "keys of the type ssh-dss are not supported")]
    [InlineData("me ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29t",
        "keys of the type ssh-ed25519-cert-v01@openssh.com are not supported")]
    [InlineData("me ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAAQA=", "32 bytes")]
    [InlineData("me ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAAQM=", "RSA key has 2 bits")]
    [InlineData("me ssh-ed25519 @@@@", "not valid Base64")]
    [InlineData("me", "no key")]
    [InlineData("me AAAA", "neither an option nor a key type")]
    [InlineData("\"me ssh-ed25519 AAAA", "no key after the principals")]
    [InlineData("\"\" ssh-ed25519 AAAA", "not a list of names")]
    public void Unsupported_key_is_refused_with_its_type(string line, string why) =>
        Assert.Contains(why, Assert.Throws<SignatureException>(() => AllowedSigners.Parse(line)).Message, StringComparison.Ordinal);

    [Fact]
    public void Spaces_comments_and_quotes_are_parsed_like_ssh_keygen()
    {
        Needs.Program("ssh-keygen");
        var (key, other) = (keys.PublicKey(Kind), keys.PublicKey("another", Kind));
        var word = Gen.Int[0, 11]
            .Select(i =>
                ((string[])["\n", "# c\n", "  \n", $"me {key}\n", $"you {other}\n", $"\"me\" {key} x y\n",
                    $" \tme\t{key.Replace(" ", "  ", StringComparison.Ordinal)}\r\n", $"me namespaces=\"git\" {key}\n",
                    $"me  valid-before=\"20300101\"\t{key}\n", $"me,you {other}\n", $"m?,!you {key}\n", $"#me {key}\n"])[i]);
        var signature = keys.Sign(Kind, Script);
        word.Array[0, 4].Sample(
            lines =>
            {
                var text = string.Concat(lines);
                Assert.Equal(keys.Verifies(text, "me", Script, signature, Now), Signer(text) is not null);
            },
            iter: 60, threads: 1);
    }

    [Fact]
    public void Time_without_Z_is_local_time()
    {
        Needs.Program("ssh-keygen");
        var local = TimeZoneInfo.Local.GetUtcOffset(new DateTime(2026, 7, 15));
        var signer = Assert.Single(AllowedSigners.Parse($"me valid-after=\"20260715\" {keys.PublicKey(Kind)}"));
        Assert.Equal(new DateTimeOffset(2026, 7, 15, 0, 0, 0, local), signer.ValidAfter);
    }

    [Fact]
    public async Task Fingerprint_equals_that_of_ssh_keygen()
    {
        Needs.Program("ssh-keygen");
        var signer = Assert.Single(AllowedSigners.Parse($"ops@example.com {keys.PublicKey(Kind)}"));
        var printed = await ProgramRunner.RunAsync(
            ["ssh-keygen", "-l", "-f", keys.On(Kind) + ".pub"], TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal($"ops@example.com (ecdsa-sha2-nistp256 {printed.Output.Split(' ')[1]})", signer.Description);
    }

    private AllowedSigner? Signer(string text)
    {
        try
        {
            var signature = keys.Sign(Kind, Script);
            return new ScriptSigners("/signers", AllowedSigners.Parse(text)).Verify(
                signature, hash => CryptographicOperations.HashData(hash, Script), "a.sh", Time);
        }
        catch (AgentException e) when (e.Code == ErrorCode.ScriptSignature)
        {
            return null;
        }
    }
}
