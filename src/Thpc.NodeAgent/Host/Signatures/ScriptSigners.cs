using System.Security.Cryptography;
using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Signatures;

/// <summary>The signers of init scripts: a script must have a signature by one of them.</summary>
/// <param name="path">The node's path of the allowed_signers file.</param>
internal sealed class ScriptSigners(string path, IReadOnlyList<AllowedSigner> signers)
{
    /// <summary>The namespace of valid signatures: `ssh-keygen -Y sign -n thpc-init-script`.</summary>
    public const string Namespace = "thpc-init-script";

    public const string Suffix = ".sig";
    private const int MaxFileBytes = 1 << 20;
    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(5);

    /// <exception cref="AgentException">
    /// SCRIPT_SIGNATURE: the file does not exist, users other than root can change it, or it has an invalid or unsupported line.
    /// </exception>
    public static async Task<ScriptSigners> ReadAsync(NodeRoot root, string path, CancellationToken cancel)
    {
        var file = root.Locate(path);
        if (PathTrust.Validate(file) is { } problem)
        {
            throw new AgentException(Refused(Messages.NotTrusted(path, problem), Hints.OwnSignersFile));
        }

        byte[]? bytes;
        try
        {
            bytes = await FileHead.ReadAsync(file, MaxFileBytes + 1, ReadLimit, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or TimeoutException)
        {
            throw new AgentException(Refused(Messages.NotReadable(path, e.Message), null));
        }

        try
        {
            return bytes is null ? throw new SignatureException(Messages.NoFile)
                : bytes.Length > MaxFileBytes ? throw new SignatureException(Messages.FileTooLarge(MaxFileBytes >> 20))
                : new ScriptSigners(path, AllowedSigners.Parse(Encoding.UTF8.GetString(bytes)));
        }
        catch (SignatureException e)
        {
            throw new AgentException(Refused($"{path}: " + e.Text, Hints.WriteSignersFile));
        }
    }

    /// <param name="signature">The content of the signature file.</param>
    /// <param name="hash">Hashes the script.</param>
    /// <param name="name">The script's name, for messages.</param>
    /// <returns>The signer of the script.</returns>
    /// <exception cref="AgentException">SCRIPT_SIGNATURE: the signature is not valid for any of the signers.</exception>
    public AllowedSigner Verify(ReadOnlySpan<byte> signature, Func<HashAlgorithmName, byte[]> hash, string name, DateTimeOffset now)
    {
        try
        {
            var parsed = SshSignature.Parse(signature);
            if (parsed.Namespace != Namespace)
            {
                throw new SignatureException(Messages.OtherNamespace(TerminalText.OneLine(parsed.Namespace), Namespace));
            }

            List<AllowedSigner> sameKey = [.. signers.Where(signer => signer.Key.Blob.AsSpan().SequenceEqual(parsed.Key.Blob))];
            return sameKey.Find(signer => signer.Validate(Namespace, now) is null) is not { } found
                ? throw new SignatureException(Messages.KeyRefused(
                    $"{parsed.Key.Type} {parsed.Key.Fingerprint}",
                    sameKey.FirstOrDefault()?.Validate(Namespace, now) ?? Messages.NotListed,
                    path))
                : parsed.IsOf(hash(parsed.Hash)) ? found
                : throw new SignatureException(Messages.OtherContent(found.Description));
        }
        catch (SignatureException e)
        {
            throw new AgentException(Refused(Messages.NotValid(name, e.Text), null));
        }
    }

    public static Error Missing(string name, LocalizedText why) =>
        Refused(Messages.NoSignature(name, why), Hints.SignScript(Namespace));

    private static Error Refused(LocalizedText message, LocalizedText? hint) => new(ErrorCode.ScriptSignature, message, hint);
}
