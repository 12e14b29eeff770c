using System.Security.Cryptography;
using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Signatures;

/// <summary>Those whose signature an init script must have.</summary>
/// <param name="path">Of the file that lists them, on the node.</param>
internal sealed class ScriptSigners(string path, IReadOnlyList<AllowedSigner> signers)
{
    /// <summary>What a signature must have been made for: `ssh-keygen -Y sign -n thpc-init-script`.</summary>
    public const string Namespace = "thpc-init-script";

    public const string Suffix = ".sig";
    private const int MaxFileBytes = 1 << 20;
    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(5);

    /// <exception cref="AgentException">
    /// SCRIPT_SIGNATURE: the file is not there, is not root's alone, or has a line that cannot be honoured.
    /// </exception>
    public static async Task<ScriptSigners> ReadAsync(NodeRoot root, string path, CancellationToken cancel)
    {
        var file = root.Locate(path);
        if (PathTrust.Validate(file) is { } problem)
        {
            throw Refused(
                $"{path} is not believed: {problem}",
                new("Make it root's with mode 0644, and check whose keys it lists.", "请将其属主改为 root、权限改为 0644，并核对其中列出的密钥。"));
        }

        byte[]? bytes;
        try
        {
            bytes = await FileHead.ReadAsync(file, MaxFileBytes + 1, ReadLimit, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or TimeoutException)
        {
            throw Refused($"{path} cannot be read: {e.Message}", null);
        }

        try
        {
            return bytes is null ? throw new FormatException("there is no such file")
                : bytes.Length > MaxFileBytes ? throw new FormatException($"it has more than {MaxFileBytes >> 20} MiB")
                : new ScriptSigners(path, AllowedSigners.Parse(Encoding.UTF8.GetString(bytes)));
        }
        catch (FormatException e)
        {
            throw Refused(
                $"{path}: {e.Message}",
                new(
                    "Write one line for each signer: NAME namespaces=\"thpc-init-script\" TYPE KEY; see ssh-keygen(1), ALLOWED SIGNERS.",
                    "请为每个签名者写一行：NAME namespaces=\"thpc-init-script\" TYPE KEY；参见 ssh-keygen(1) 的 ALLOWED SIGNERS。"));
        }
    }

    /// <param name="signature">The content of the signature's file.</param>
    /// <param name="hash">Of the script.</param>
    /// <param name="name">The script's.</param>
    /// <returns>Who has signed the script.</returns>
    /// <exception cref="AgentException">SCRIPT_SIGNATURE: none of them has.</exception>
    public AllowedSigner Verify(ReadOnlySpan<byte> signature, Func<HashAlgorithmName, byte[]> hash, string name, DateTimeOffset now)
    {
        try
        {
            var parsed = SshSignature.Parse(signature);
            if (parsed.Namespace != Namespace)
            {
                throw new FormatException($"it was made for the namespace {OutputText.OneLine(parsed.Namespace)}, not for {Namespace}");
            }

            List<AllowedSigner> same = [.. signers.Where(signer => signer.Key.Blob.AsSpan().SequenceEqual(parsed.Key.Blob))];
            return same.Find(signer => signer.Validate(Namespace, now) is null) is not { } found
                ? throw new FormatException(
                    $"its key, {parsed.Key.Type} {parsed.Key.Fingerprint}, "
                    + $"{same.FirstOrDefault()?.Validate(Namespace, now) ?? "is not listed"} in {path}")
                : parsed.IsOf(hash(parsed.Hash)) ? found
                : throw new FormatException($"it is by {found.Description}, but not of this script");
        }
        catch (FormatException e)
        {
            throw Refused($"{name}: its signature does not count: {e.Message}", null);
        }
    }

    public static AgentException Missing(string name, string why) => Refused(
        $"{name} has no signature: {why}",
        new(
            $"Sign it, `ssh-keygen -Y sign -n {Namespace} -f KEY SCRIPT`, and put SCRIPT.sig beside the script.",
            $"请对脚本签名：`ssh-keygen -Y sign -n {Namespace} -f KEY SCRIPT`，并将 SCRIPT.sig 放在脚本旁边。"));

    private static AgentException Refused(string message, LocalizedText? hint) => new(ErrorCode.ScriptSignature, message, hint);
}
