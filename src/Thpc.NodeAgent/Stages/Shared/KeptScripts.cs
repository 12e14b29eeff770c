using System.Security.Cryptography;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Signatures;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Shared;

/// <summary>
/// Copies of init scripts in an image. Each file's name is its SHA-256, so that the directory does not reveal the cluster. A script's
/// signature lies beside it.
/// </summary>
internal static class KeptScripts
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The node's path of a copy. The file may not exist.</summary>
    /// <param name="sha256">64 hexadecimal digits.</param>
    public static string PathOf(string sha256) => $"{NodePaths.KeptScripts}/{sha256.ToLowerInvariant()}";

    /// <returns>The location of a copy; null if it does not exist, or users other than root can change it.</returns>
    public static Uri? Find(NodeRoot root, string sha256)
    {
        var path = root.Locate(PathOf(sha256));
        return FileStatus.Read(path, link: true)?.Kind == FileKind.Regular && PathTrust.Validate(path) is null
            ? new Uri($"file://{PathOf(sha256)}") : null;
    }

    /// <summary>Copies a kept script into a new file of mode 0600.</summary>
    /// <param name="sha256">The expected hash in upper-case hex.</param>
    /// <returns>Null if the copy cannot be read or has another hash.</returns>
    public static async Task<FetchedObject?> CopyAsync(
        ScriptSource source, Uri kept, string sha256, string destination, FetchLimits limits, Action<string> note, CancellationToken cancel)
    {
        try
        {
            var copied = await source.FetchAsync(kept, Messages.CopyInImage, destination, limits, note, cancel);
            if (copied.Sha256 == sha256)
            {
                note("using the copy in the image: its hash is the pinned one");
                return copied;
            }

            note("not using the copy in the image: its hash differs from its name; downloading the script");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or AgentException)
        {
            note($"cannot read the copy in the image: {e.Message}");
        }

        return null;
    }

    /// <summary>Downloads a script, and its signature if required, into the image. The script is stored last.</summary>
    /// <param name="sha256">The expected hash in upper-case hex.</param>
    /// <param name="signers">Null if no signature is required.</param>
    /// <exception cref="AgentException">COS_*, SCRIPT_HASH_MISMATCH, SCRIPT_SIGNATURE, NO_SPACE.</exception>
    public static async Task KeepAsync(
        NodeRoot root,
        ScriptSource source,
        Uri location,
        string name,
        string sha256,
        FetchLimits limits,
        ScriptSigners? signers,
        Action<string> note,
        CancellationToken cancel)
    {
        var path = root.Locate(PathOf(sha256));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, Private);
        AtomicFile.Sweep(path);
        var temporary = AtomicFile.TemporaryName(path);
        try
        {
            var fetched = await source.FetchAsync(location, name, temporary, limits, note, cancel);
            if (fetched.Sha256 != sha256)
            {
                throw new AgentException(
                    ErrorCode.ScriptHashMismatch,
                    Messages.OtherHash(name, fetched.Sha256.ToLowerInvariant(), sha256.ToLowerInvariant()));
            }

            if (signers is not null)
            {
                var place = path + ScriptSigners.Suffix;
                var (_, signature) = await source.VerifyAsync(signers, location, name, temporary, place, limits, note, cancel);
                AtomicFile.Write(place, signature);
            }

            AtomicFile.Rename(temporary, path);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Whether a file is a complete copy of a script, or a signature of such a copy.</summary>
    public static bool IsKept(RootedFileTree tree, TreeEntry entry)
    {
        if (TreePath.Parent(entry.Path) != NodePaths.KeptScripts
            || entry.Status is not { Kind: FileKind.Regular, IsWritableByRootOnly: true, Size: <= ScriptSource.MaxBytes })
        {
            return false;
        }

        var name = TreePath.Name(entry.Path);
        if (!name.EndsWith(ScriptSigners.Suffix, StringComparison.Ordinal))
        {
            return tree.Read(entry.Path) is { } content && Convert.ToHexStringLower(SHA256.HashData(content)) == name;
        }

        try
        {
            return tree.Read(entry.Path) is { } signature && SshSignature.Parse(signature).Namespace == ScriptSigners.Namespace
                && tree.Inspect(entry.Path[..^ScriptSigners.Suffix.Length]) is { } script && IsKept(tree, script);
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
