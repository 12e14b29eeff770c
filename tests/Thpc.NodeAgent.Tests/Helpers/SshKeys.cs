using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>Keys and signatures of OpenSSH's ssh-keygen, in a temporary directory.</summary>
public sealed class SshKeys : IDisposable
{
    /// <summary>The supported key types, and ssh-keygen's options for them.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> Kinds = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["ecdsa256"] = ["-t", "ecdsa", "-b", "256"],
        ["ecdsa384"] = ["-t", "ecdsa", "-b", "384"],
        ["ecdsa521"] = ["-t", "ecdsa", "-b", "521"],
        ["rsa2048"] = ["-t", "rsa", "-b", "2048"],
        ["rsa3072"] = ["-t", "rsa", "-b", "3072"],
        ["ed25519"] = ["-t", "ed25519"],
    };

    private readonly string _directory = Directory.CreateTempSubdirectory("thpc-keys-").FullName;

    public string On(string name) => Path.Combine(_directory, name);

    /// <returns>The public key as `TYPE KEY`. The key is created at the first call.</returns>
    public string PublicKey(string name, string? kind = null)
    {
        if (!File.Exists(On(name)))
        {
            Run([.. Kinds[kind ?? name], "-N", "", "-q", "-C", "somebody", "-f", On(name)]);
        }

        return string.Join(' ', File.ReadAllText(On(name) + ".pub").Split(' ')[..2]);
    }

    /// <returns>The signature file of the content.</returns>
    public byte[] Sign(string key, byte[] content, string purpose = "thpc-init-script", string hash = "sha512")
    {
        PublicKey(key);
        var file = On($"signed-{Guid.NewGuid():N}");
        File.WriteAllBytes(file, content);
        Run(["-Y", "sign", "-q", "-n", purpose, "-O", $"hashalg={hash}", "-f", On(key), file]);
        return File.ReadAllBytes(file + ".sig");
    }

    /// <returns>The result of `ssh-keygen -Y verify`.</returns>
    public bool Verifies(string allowedSigners, string principal, byte[] content, byte[] signature, string? time = null)
    {
        var (file, signers) = (On($"checked-{Guid.NewGuid():N}"), On($"signers-{Guid.NewGuid():N}"));
        File.WriteAllBytes(file, content);
        File.WriteAllBytes(file + ".sig", signature);
        File.WriteAllText(signers, allowedSigners);
        var run = Keygen(
            $"-Y verify -f {signers} -I {principal} -n thpc-init-script {(time is null ? "" : $"-O verify-time={time} ")}-s {file}.sig "
                + $"<{file}");
        return run.Succeeded;
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static void Run(IReadOnlyList<string> arguments)
    {
        var run =
            ProgramRunner.RunAsync(["ssh-keygen", .. arguments], TimeSpan.FromMinutes(1), CancellationToken.None).GetAwaiter().GetResult();
        Assert.True(run.Succeeded, run.Output);
    }

    private static ProgramResult Keygen(string arguments) =>
        ProgramRunner.RunAsync(["sh", "-c", $"exec ssh-keygen {arguments}"], TimeSpan.FromMinutes(1), CancellationToken.None).GetAwaiter()
            .GetResult();
}
