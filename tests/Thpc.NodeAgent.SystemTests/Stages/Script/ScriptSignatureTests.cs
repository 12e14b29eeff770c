using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Stages.Script;

/// <summary>The executable with [script] allowed_signers: a script without a valid signature never runs.</summary>
public sealed class ScriptSignatureTests(SshKeys keys) : IClassFixture<SshKeys>, IDisposable
{
    private const string Script = "#!/bin/sh\ntouch ran\n";
    private const string SignersPath = "/etc/thpc/allowed_signers";
    private const string Key = "ed25519";
    private readonly TemporaryNode _node = new();

    // Which key signs what, the list of signers, and the expected error; null: the script runs.
    private static readonly Dictionary<string, (Func<SshKeys, byte[]?> Sign, Func<SshKeys, string> Signers, string? Why)> Cases =
        new(StringComparer.Ordinal)
        {
            ["signed"] = (keys => Sign(keys), keys => Line(keys), null),
            ["signed for a time and a namespace"] = (keys => Sign(keys),
            keys => Line(keys, "namespaces=\"thpc-init-script\",valid-after=\"20200101\""), null),
            ["no signature"] = (_ => null, keys => Line(keys), "a.sh has no signature"),
            ["of another script"] =
            (keys => keys.Sign(Key, "#!/bin/sh\n"u8.ToArray()), keys => Line(keys), "signed other content than this script"),
            ["by another key"] = (keys => keys.Sign("ecdsa384", Bytes(Script)), keys => Line(keys),
            "is not listed in /etc/thpc/allowed_signers"),
            ["for another namespace"] =
            (keys => keys.Sign(Key, Bytes(Script), purpose: "file"), keys => Line(keys), "its namespace is file, not thpc-init-script"),
            ["by a key for another namespace"] =
            (keys => Sign(keys), keys => Line(keys, "namespaces=\"git\""), "is not allowed for the namespace thpc-init-script (line 2)"),
            ["by a key that is not valid any more"] =
            (keys => Sign(keys), keys => Line(keys, "valid-before=\"20200101Z\""), "was valid until 2020-01-01 00:00:00Z (line 2)"),
            ["by a key that is not valid yet"] =
            (keys => Sign(keys), keys => Line(keys, "valid-after=\"21200101Z\""), "is not valid before 2120-01-01 00:00:00Z (line 2)"),
            ["no signature at all in its file"] =
            (_ => Bytes("signed, honestly\n"), keys => Line(keys), "does not begin and end like an SSH signature"),
            ["larger than a signature"] = (_ => new byte[1 << 20], keys => Line(keys), "a.sh has no signature"),
            ["a certificate authority in the list"] = (keys => Sign(keys), keys => Line(keys) + Line(keys, "cert-authority"),
            "allowed_signers: line 4: certificates (cert-authority) are not supported"),
            ["an empty list"] = (keys => Sign(keys), _ => "", "is not listed in"),
        };

    public static TheoryData<string> Names => [.. Cases.Keys];

    public void Dispose() => _node.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Script_runs_only_with_valid_signature(string name)
    {
        Needs.RootUser();
        var (sign, signers, why) = Cases[name];
        Configure(signers(keys));
        _node.AddScript("a.sh", Script);
        if (sign(keys) is { } signature)
        {
            await File.WriteAllBytesAsync(_node.On("/scripts/a.sh.sig"), signature, TestContext.Current.CancellationToken);
        }

        var check = await Agent.RunAsync(_node, "script", "check");
        Assert.Equal(why is null ? 0 : 1, check.ExitCode);
        var doctor = await Agent.RunAsync(_node, "doctor");
        var run = await Agent.RunAsync(_node, "bootstrap");
        Assert.Equal(why is null ? 0 : 1, run.ExitCode);
        Assert.Equal(why is null, _node.Has("/root/ran"));
        Assert.Equal(why is null ? null : "SCRIPT_SIGNATURE", _node.ScriptError()?.Code);
        if (why is null)
        {
            var who = $"signed by ops@example.com (ssh-ed25519 SHA256:";
            Assert.Contains(who, doctor.Output, StringComparison.Ordinal);
            Assert.Contains(_node.Report().Stages[1].Steps[0].Notes, note => note.Text.StartsWith(who, StringComparison.Ordinal));
        }
        else
        {
            Assert.Contains(why, _node.ScriptError()!.Message, StringComparison.Ordinal);
            Assert.Contains(why, check.Errors + check.Output, StringComparison.Ordinal);
            Assert.Contains("SCRIPT_SIGNATURE", doctor.Output, StringComparison.Ordinal);
        }

        // No file of the signature remains.
        Assert.DoesNotContain(
            Directory.EnumerateFiles(_node.On("/var/lib/thpc-node-agent"), "*", SearchOption.AllDirectories),
            file => file.Contains(".sig", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false, null, "the file does not exist")]
    [InlineData(true, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite, "users other than root can write to ")]
    public async Task Missing_or_writable_signer_list_prevents_scripts(bool exists, UnixFileMode? mode, string why)
    {
        Needs.RootUser();
        Configure(Line(keys));
        if (!exists)
        {
            File.Delete(_node.On(SignersPath));
        }
        else
        {
            File.SetUnixFileMode(_node.On(SignersPath), mode!.Value);
        }

        _node.AddScript("a.sh", Script);
        await File.WriteAllBytesAsync(_node.On("/scripts/a.sh.sig"), Sign(keys), TestContext.Current.CancellationToken);
        Assert.Equal(1, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.Contains(why, _node.ScriptError()!.Message, StringComparison.Ordinal);
        Assert.False(_node.Has("/root/ran"));
    }

    [Fact]
    public async Task Signer_list_of_other_user_prevents_scripts()
    {
        Needs.RootUser();
        Configure(Line(keys));
        _node.AddScript("a.sh", Script);
        await File.WriteAllBytesAsync(_node.On("/scripts/a.sh.sig"), Sign(keys), TestContext.Current.CancellationToken);
        Assert.True((await ProgramRunner.RunAsync(
            ["chown", "4242", _node.On(SignersPath)], TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken)).Succeeded);
        Assert.Equal(1, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.Contains("is owned by user 4242", _node.ScriptError()!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Neither_pinned_hash_nor_flag_replaces_signature()
    {
        Needs.RootUser();
        Configure(Line(keys));
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Bytes(Script)));
        _node.AddScript("a.sh", Script, more: $"sha256 = \"{hash}\"\n");
        await Agent.RunAsync(_node, "bootstrap");
        Assert.Equal("SCRIPT_SIGNATURE", _node.ScriptError()?.Code);
        await Agent.RunAsync(_node, "bootstrap", "--init-script", "file:///scripts/a.sh");
        Assert.Equal("SCRIPT_SIGNATURE", _node.ScriptError()?.Code);
        await Agent.RunAsync(_node, "script", "run");
        Assert.False(_node.Has("/root/ran"));

        var query = await Agent.RunAsync(_node, "bootstrap", "--init-script", "https://h.example.com/a.sh?sign=x");
        Assert.Equal(2, query.ExitCode);
        Assert.Contains(
            "https://h.example.com/a.sh has a query, so there is no URL for its signature", query.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("echo.sh", true)]
    [InlineData("a b%2F中.sh", true)]
    [InlineData("echo.sh", false)]
    public async Task Signature_of_COS_script_is_fetched_beside_it(string key, bool hasSignature)
    {
        Needs.RootUser();
        using var standin = await CosStandin.StartSignedAsync("an-id", "a-key-of-the-test", null);
        var name = Uri.UnescapeDataString(CosStandin.Location(key).AbsolutePath[1..]);
        standin.Put(name, Bytes(Script));
        if (hasSignature)
        {
            standin.Put(name + ".sig", Sign(keys));
        }

        Configure(Line(keys));
        _node.Configure(
            $"[cos]\ncredentials = \"env\"\nendpoint = \"{standin.Url}\"\n[[init_script]]\nscript_path = "
                + $"\"{CosStandin.Location(key)}\"\ntimeout = 20\n");
        var environment =
            new Dictionary<string, string> { ["TENCENTCLOUD_SECRET_ID"] = "an-id", ["TENCENTCLOUD_SECRET_KEY"] = "a-key-of-the-test" };
        var run = await Agent.RunAsync(_node, environment, "bootstrap");
        Assert.True(run.ExitCode == (hasSignature ? 0 : 1), run.Output + run.Errors);
        Assert.Equal(hasSignature, _node.Has("/root/ran"));
        Assert.Equal(hasSignature ? null : "SCRIPT_SIGNATURE", _node.ScriptError()?.Code);
        var doctor = await Agent.RunAsync(_node, environment, "doctor");
        Assert.Contains(hasSignature ? "signed by ops@example.com" : "SCRIPT_SIGNATURE", doctor.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Role_policy_allows_signature()
    {
        Configure(Line(keys));
        _node.Configure($"[[init_script]]\nscript_path = \"{CosStandin.Location("echo.sh")}\"\n");
        var run = await Agent.RunAsync(_node, "cam", "policy");
        Assert.Contains("/echo.sh\"", run.Output, StringComparison.Ordinal);
        Assert.Contains("/echo.sh.sig\"", run.Output, StringComparison.Ordinal);
    }

    private static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private static byte[] Sign(SshKeys keys) => keys.Sign(Key, Bytes(Script));

    private static string Line(SshKeys keys, string options = "") => $"# who may\nops@example.com {options} {keys.PublicKey(Key)}\n";

    private void Configure(string signers)
    {
        _node.Write(SignersPath, signers);
        _node.Configure($"[script]\nallowed_signers = \"{SignersPath}\"\n");
    }
}
