using System.Security.Cryptography;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Signatures;

namespace Thpc.NodeAgent.Stages.Shared;

/// <summary>Where init scripts and their signatures come from: COS, another server, or a file of this node.</summary>
internal sealed class ScriptSource(NodeRoot root, CosClient cos, CosCredentials credentials)
{
    /// <summary>The most a script may have.</summary>
    public const long MaxBytes = 16L << 20;

    private const string FileScheme = "file";

    /// <summary>The place of a script's signature: the script's with `.sig` behind its path. A location with a query has none.</summary>
    public static Uri SignatureOf(Uri location) => new(location.AbsoluteUri + ScriptSigners.Suffix);

    /// <summary>Fetches one into a new private file.</summary>
    /// <param name="name">For messages.</param>
    /// <exception cref="AgentException">COS_*, SCRIPT_TOO_LARGE, SCRIPT_TIMEOUT, NO_SPACE.</exception>
    public async Task<FetchedObject> FetchAsync(
        Uri location, string name, string destination, FetchLimits limits, Action<string> note, CancellationToken cancel) =>
        location.Scheme == FileScheme
            ? await CopyAsync(root.On(location.LocalPath), name, destination, limits, cancel)
            : await cos.FetchAsync(
                location,
                location.Scheme == "cos" ? await credentials.FindAsync(limits.Left, note, cancel) : null,
                destination, limits, note, cancel);

    /// <summary>Fetches the signature of a script that was fetched before, and verifies it.</summary>
    /// <param name="location">Of the script.</param>
    /// <param name="name">The script's, for messages.</param>
    /// <param name="script">The script's file.</param>
    /// <param name="place">A path of the signature; what is made beside it is gone afterwards.</param>
    /// <exception cref="AgentException">SCRIPT_SIGNATURE: there is none that counts; or COS_*, SCRIPT_TIMEOUT, NO_SPACE.</exception>
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
            await FetchAsync(SignatureOf(location), $"the signature of {name}", temporary, limits with { MaxBytes = SshSignature.MaxBytes, HashIsKnown = true }, note, cancel);
            var signature = await File.ReadAllBytesAsync(temporary, cancel);
            using var content = File.OpenRead(script);
            var signer = signers.Verify(signature, hash => CryptographicOperations.HashData(hash, content), name, DateTimeOffset.UtcNow);
            return (signer, signature);
        }
        catch (AgentException e) when (e.Code == ErrorCode.CosNotFound || e.Code == ErrorCode.ScriptTooLarge)
        {
            throw ScriptSigners.Missing(name, e.Message);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    // A fifo without a writer, or a file on a dead server, blocks the thread that opens it, and no token ends that. The temporary
    // file is made before that thread begins: one that is abandoned has no name to write to any more.
    private static async Task<FetchedObject> CopyAsync(
        string from, string name, string to, FetchLimits limits, CancellationToken cancel)
    {
#pragma warning disable CA2000 // The copy disposes it, whenever that ends.
        var file = new DownloadedFile(to, limits.MaxBytes, name);
#pragma warning restore CA2000
        try
        {
            return await Task.Run(() => CopyAsync(from, name, file, cancel), CancellationToken.None).WaitAsync(limits.Left, cancel);
        }
        catch (TimeoutException)
        {
            throw new AgentException(ErrorCode.ScriptTimeout, $"{name} could not be read within {limits.Time.TotalSeconds:0} s");
        }
    }

    private static async Task<FetchedObject> CopyAsync(string from, string name, DownloadedFile file, CancellationToken cancel)
    {
        using (file)
        {
            await using var source = RegularFile.Open(from) ?? throw new AgentException(
                ErrorCode.CosNotFound, $"{name}: there is no such file on this node",
                new("Put the script there, or correct script_path.", "请将脚本放到该位置，或修正 script_path。"));
            return await file.ReceiveAsync(source, cancel);
        }
    }
}
