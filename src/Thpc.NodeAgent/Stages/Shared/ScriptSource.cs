using System.Security.Cryptography;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Signatures;

namespace Thpc.NodeAgent.Stages.Shared;

/// <summary>Fetches init scripts and their signatures from COS, another server, or a file of this node.</summary>
internal sealed class ScriptSource(NodeRoot root, CosClient cos, CosCredentials credentials)
{
    /// <summary>The maximum size of a script.</summary>
    public const long MaxBytes = 16L << 20;

    private const string FileScheme = "file";

    /// <summary>The location of a script's signature: the script's location plus `.sig`. Not for locations with a query.</summary>
    public static Uri SignatureOf(Uri location) => new(location.AbsoluteUri + ScriptSigners.Suffix);

    /// <summary>Fetches a script or signature into a new file of mode 0600.</summary>
    /// <param name="name">Its name for messages.</param>
    /// <exception cref="AgentException">COS_*, SCRIPT_TOO_LARGE, SCRIPT_TIMEOUT, NO_SPACE.</exception>
    public async Task<FetchedObject> FetchAsync(
        Uri location, LocalizedText name, string destination, FetchLimits limits, Action<string> note, CancellationToken cancel) =>
        location.Scheme == FileScheme
            ? await CopyAsync(root.On(location.LocalPath), name, destination, limits, cancel)
            : await cos.FetchAsync(
                location,
                location.Scheme == "cos" ? await credentials.FindAsync(limits.Left, note, cancel) : null,
                destination, limits, note, cancel);

    /// <summary>Fetches and verifies the signature of a fetched script.</summary>
    /// <param name="location">The script's location.</param>
    /// <param name="name">The script's name, for messages.</param>
    /// <param name="script">The path of the fetched script.</param>
    /// <param name="place">The future path of the signature. A temporary file beside it is deleted at the end.</param>
    /// <exception cref="AgentException">SCRIPT_SIGNATURE: no valid signature; or COS_*, SCRIPT_TIMEOUT, NO_SPACE.</exception>
    public async Task<(AllowedSigner Signer, byte[] Signature)> VerifyAsync(
        ScriptSigners signers,
        Uri location,
        string name,
        string script,
        string place,
        FetchLimits limits,
        Action<string> note,
        CancellationToken cancel)
    {
        AtomicFile.Sweep(place);
        var temporary = AtomicFile.TemporaryName(place);
        try
        {
            var signatureLimits = limits with { MaxBytes = SshSignature.MaxBytes, HashIsKnown = true };
            await FetchAsync(SignatureOf(location), Messages.SignatureOf(name), temporary, signatureLimits, note, cancel);
            var signature = await File.ReadAllBytesAsync(temporary, cancel);
            using var content = File.OpenRead(script);
            var signer = signers.Verify(signature, hash => CryptographicOperations.HashData(hash, content), name, DateTimeOffset.UtcNow);
            return (signer, signature);
        }
        catch (AgentException e) when (e.Code == ErrorCode.CosNotFound || e.Code == ErrorCode.ScriptTooLarge)
        {
            throw new AgentException(ScriptSigners.Missing(name, e.Error.Text));
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    // Opening a file on a dead server blocks the thread, and no cancellation token ends that. The target is created before that thread
    // starts, so an abandoned thread cannot create a file later.
    private static async Task<FetchedObject> CopyAsync(
        string from, LocalizedText name, string to, FetchLimits limits, CancellationToken cancel)
    {
#pragma warning disable CA2000 // CopyAsync disposes it when it ends.
        var file = new DownloadedFile(to, limits.MaxBytes, name);
#pragma warning restore CA2000
        try
        {
            return await Task.Run(() => CopyAsync(from, name, file, cancel), CancellationToken.None).WaitAsync(limits.Left, cancel);
        }
        catch (TimeoutException)
        {
            throw new AgentException(ErrorCode.ScriptTimeout, Messages.NotReadWithin(name, $"{limits.Time.TotalSeconds:0}"));
        }
    }

    private static async Task<FetchedObject> CopyAsync(string from, LocalizedText name, DownloadedFile file, CancellationToken cancel)
    {
        using (file)
        {
            await using var source = RegularFile.Open(from) ?? throw new AgentException(
                ErrorCode.CosNotFound, name + ": " + Messages.NotOnNode, Hints.ProvideScript);
            return await file.ReceiveAsync(source, cancel);
        }
    }
}
