using System.Security.Cryptography;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Signatures;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Shared;

/// <summary>
/// Copies of init scripts in an image. Each file is named after its SHA-256, so that nothing identifies the cluster. A script's signature
/// is beside it.
/// </summary>
internal static class KeptScripts
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The path of a copy as seen from the node's root, whether or not it exists.</summary>
    /// <param name="sha256">64 hexadecimal digits.</param>
    public static string PathOf(string sha256) => $"{NodePaths.KeptScripts}/{sha256.ToLowerInvariant()}";

    /// <summary>The location of a copy; null where there is none, or where a user other than root could have changed it.</summary>
    public static Uri? Find(NodeRoot root, string sha256)
    {
        var path = root.Locate(PathOf(sha256));
        return FileStatus.Read(path, link: true)?.Kind == FileKind.Regular && PathTrust.Validate(path) is null
            ? new Uri($"file://{PathOf(sha256)}") : null;
    }

    /// <summary>Copies a kept script into a new private file.</summary>
    /// <param name="sha256">In upper-case hex.</param>
    /// <returns>Null where the copy cannot be read or has another hash.</returns>
    public static async Task<FetchedObject?> CopyAsync(
        ScriptSource source, Uri kept, string sha256, string destination, FetchLimits limits, Action<string> note, CancellationToken cancel)
    {
        try
        {
            var copied = await source.FetchAsync(kept, "the copy in the image", destination, limits, note, cancel);
            if (copied.Sha256 == sha256)
            {
                note("using the copy in the image, which has the pinned hash");
                return copied;
            }

            note("downloading the script, because the hash of the copy in the image does not match its name");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or AgentException)
        {
            note($"downloading the script, because the copy in the image cannot be read: {e.Message}");
        }

        return null;
    }

    /// <summary>Downloads and stores a script and, if required, its signature. The script is stored last.</summary>
    /// <param name="sha256">In upper-case hex.</param>
    /// <param name="signers">Null where no signature is required.</param>
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
                    $"{name} has sha256 {fetched.Sha256.ToLowerInvariant()}, but the configuration requires {sha256.ToLowerInvariant()}");
            }

            if (signers is not null)
            {
                var signaturePath = path + ScriptSigners.Suffix;
                var (_, signature) = await source.VerifyAsync(signers, location, name, temporary, signaturePath, limits, note, cancel);
                AtomicFile.Write(signaturePath, signature);
            }

            AtomicFile.Rename(temporary, path);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Whether a file is a complete copy of a script, or the signature of one.</summary>
    public static bool IsOne(RootedFileTree tree, TreeEntry entry)
    {
        if (TreePath.Parent(entry.Path) != NodePaths.KeptScripts
            || entry.Status is not { Kind: FileKind.Regular, IsRootsAlone: true, Size: <= ScriptSource.MaxBytes })
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
                && tree.Inspect(entry.Path[..^ScriptSigners.Suffix.Length]) is { } script && IsOne(tree, script);
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
