using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Thpc.NodeAgent.SystemTests.Cli;

/// <summary>`image prep --operations defaults,keep-scripts`, and bootstrap from such an image while COS is down.</summary>
public sealed class KeptScriptsTests : IClassFixture<SshKeys>, IDisposable
{
    private const string Folder = "/var/lib/thpc-node-agent/kept-scripts";
    private const string Signers = "/etc/thpc/allowed_signers";
    private static readonly byte[] Script = "#!/bin/sh\ntouch ran\n"u8.ToArray();
    private static readonly string Hash = Convert.ToHexStringLower(SHA256.HashData(Script));
    private static readonly string Kept = $"{Folder}/{Hash}";
    private readonly TemporaryNode _node = new();
    private readonly SshKeys _keys;

    public KeptScriptsTests(SshKeys keys)
    {
        Needs.RootUser();
        _keys = keys;
    }

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Node_uses_kept_script_while_COS_is_down(bool needsSignature)
    {
        await PrepareAsync(needsSignature);
        Assert.Equal(needsSignature ? [Kept, Kept + ".sig"] : [Kept], KeptFiles());
        Assert.All(KeptFiles(), file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_node.On(file))));

        // The image has no trace of the cluster, and neither a second prep nor check reports the copies.
        Assert.DoesNotContain(
            TemporaryNode.ClusterId,
            string.Concat(Directory.EnumerateFiles(_node.On("/var/lib"), "*", SearchOption.AllDirectories).Select(File.ReadAllText)),
            StringComparison.Ordinal);
        var check = await Agent.RunAsync(_node, "image", "check");
        Assert.True(check.ExitCode == 0, check.Output + check.Errors);
        var again = await Agent.RunAsync(_node, "image", "prep", "--yes", "--operations", "defaults,keep-scripts");
        Assert.True(again.ExitCode == 0, again.Output + again.Errors);
        Assert.Equal(needsSignature ? [Kept, Kept + ".sig"] : [Kept], KeptFiles());

        var run = await StartAsNodeAsync(Hash, needsSignature);
        Assert.Equal((0, false), (run.ExitCode, run.Asked));
        Assert.True(_node.Has("/root/ran"));
        Assert.Contains(
            _node.Report().Stages[1].Steps[0].Notes,
            note => note.Text == "using the copy in the image: its hash is the pinned one");
        Assert.Equal(
            needsSignature,
            _node.Report().Stages[1].Steps[0].Notes.Any(
                note => note.Text.StartsWith("signed by ops@example.com", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("no pin")]
    [InlineData("another pin")]
    [InlineData("another content")]
    [InlineData("open to others")]
    [InlineData("a link")]
    public async Task Copy_with_wrong_hash_is_not_used(string why)
    {
        await PrepareAsync(needsSignature: false);
        switch (why)
        {
            case "another content":
                await File.AppendAllTextAsync(_node.On(Kept), "touch evil\n", TestContext.Current.CancellationToken);
                break;
            case "open to others":
                File.SetUnixFileMode(_node.On(Kept), (UnixFileMode)0b110_110_110);
                break;
            case "a link":
                File.Move(_node.On(Kept), _node.On("/script"));
                File.CreateSymbolicLink(_node.On(Kept), _node.On("/script"));
                break;
        }

        var run =
            await StartAsNodeAsync(why switch { "no pin" => null, "another pin" => new string('0', 64), _ => Hash }, needsSignature: false);
        Assert.Equal((1, true), (run.ExitCode, run.Asked));
        Assert.False(_node.Has("/root/ran") || _node.Has("/root/evil"));

        // A copy whose hash differs from its name is removed.
        if (why is "another content" or "open to others" or "a link")
        {
            Assert.Contains(
                $"agent-state: {Kept} (state of the agent)", (await Agent.RunAsync(_node, "image", "check")).Output,
                StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("COS_NOT_FOUND")]
    [InlineData("SCRIPT_HASH_MISMATCH")]
    [InlineData("SCRIPT_SIGNATURE")]
    public async Task Unavailable_script_stops_prep_before_removal(string code)
    {
        using var standin = await CosStandin.StartAsync();
        standin.Put("a.sh", code == "SCRIPT_HASH_MISMATCH" ? "#!/bin/sh\n"u8.ToArray() : Script);
        Configure(standin.Url, Hash, needsSignature: code == "SCRIPT_SIGNATURE", key: code == "COS_NOT_FOUND" ? "_fault/404/a.sh" : "a.sh");
        _node.Write("/root/.ssh/authorized_keys", "key\n");
        var run = await Agent.RunAsync(_node, "image", "prep", "--yes", "--operations", "defaults,keep-scripts");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(code, run.Output, StringComparison.Ordinal);
        Assert.True(_node.Has("/root/.ssh/authorized_keys"));
        Assert.Empty(KeptFiles());
    }

    [Fact]
    public async Task Keeping_scripts_is_opt_in_and_shown_in_dry_run()
    {
        using var standin = await CosStandin.StartAsync();
        standin.Put("a.sh", Script);
        Configure(standin.Url, Hash, needsSignature: false);
        _node.Configure($"[[init_script]]\nscript_path = \"{CosStandin.Location("unpinned.sh")}\"\n");
        var plan = await Agent.RunAsync(_node, "image", "prep", "--dry-run", "--operations", "defaults,keep-scripts");
        Assert.Contains($"create {Kept} (cos://{CosStandin.Host}/a.sh)", plan.Output, StringComparison.Ordinal);
        Assert.Contains(
            "keep-scripts: init scripts without sha256 are not kept: 1; nodes download them",
            plan.Output + plan.Errors,
            StringComparison.Ordinal);
        Assert.Equal(0, (await Agent.RunAsync(_node, "image", "prep", "--yes")).ExitCode);
        Assert.Empty(standin.Requests());
        Assert.Empty(KeptFiles());
    }

    [Fact]
    public async Task Unconfigured_copy_is_removed()
    {
        var old = $"{Folder}/{Convert.ToHexStringLower(SHA256.HashData("old"u8))}";
        _node.Write(old, "old");
        File.SetUnixFileMode(_node.On(old), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await PrepareAsync(needsSignature: false);
        Assert.Equal([Kept], KeptFiles());
    }

    private List<string> KeptFiles() => Directory.Exists(_node.On(Folder))
        ? [.. Directory.EnumerateFiles(_node.On(Folder)).Select(file => file[_node.Directory.Length..]).Order(StringComparer.Ordinal)] : [];

    private async Task PrepareAsync(bool needsSignature)
    {
        using var standin = await CosStandin.StartAsync();
        standin.Put("a.sh", Script);
        standin.Put("a.sh.sig", _keys.Sign("ecdsa256", Script));
        Configure(standin.Url, Hash, needsSignature);
        var run = await Agent.RunAsync(_node, "image", "prep", "--yes", "--operations", "defaults,keep-scripts");
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
    }

    private void Configure(Uri endpoint, string? hash, bool needsSignature, string key = "a.sh")
    {
        _node.Write("/etc/thpc/node-agent.toml", TemporaryNode.Config);
        _node.Write(Signers, $"ops@example.com {_keys.PublicKey("ecdsa256")}\n");
        _node.Configure(
            $"[cos]\ncredentials = \"anonymous\"\nendpoint = \"{endpoint.GetLeftPart(UriPartial.Authority)}\"\n"
            + (needsSignature ? $"[script]\nallowed_signers = \"{Signers}\"\n" : "")
            + $"[[init_script]]\nscript_path = \"{CosStandin.Location(key)}\"\ntimeout = "
            + $"10\n{(hash is null ? "" : $"sha256 = \"{hash}\"\n")}");
    }

    /// <summary>Runs a bootstrap with a COS server that accepts connections and never answers.</summary>
    private async Task<(int ExitCode, bool Asked)> StartAsNodeAsync(string? hash, bool needsSignature)
    {
        using var hole = new TcpListener(IPAddress.Loopback, 0);
        hole.Start();
        Configure(new Uri($"http://{hole.LocalEndpoint}"), hash, needsSignature);
        var run = await Agent.RunAsync(_node, "bootstrap");
        return (run.ExitCode == 124 ? 1 : run.ExitCode, hole.Pending());
    }
}
