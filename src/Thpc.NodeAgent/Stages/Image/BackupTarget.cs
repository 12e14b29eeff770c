using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>Checks and writes the backup of everything that `image prep` removes or changes.</summary>
internal static class BackupTarget
{
    /// <exception cref="AgentException">CONFIG_INVALID: the backup would be removed too, or cannot be created there.</exception>
    public static void Check(string file, RootedFileTree tree, IReadOnlyList<OperationFindings> found)
    {
        if (TarBackup.Validate(file) is { } problem)
        {
            throw new AgentException(Refusal($"--backup {file}: " + problem));
        }

        var directory = TarBackup.RealDirectory(file);
        if (found.SelectMany(findings => findings.Directories)
            .FirstOrDefault(cleaned => LocalPath.IsAtOrBelow(directory, tree.Base + cleaned)) is { } cleaned)
        {
            throw new AgentException(Refusal($"--backup {file}: " + Messages.InsideCleaned(cleaned)));
        }
    }

    /// <exception cref="AgentException">IMAGE_BACKUP or NO_SPACE.</exception>
    public static async Task WriteAsync(
        string file, RootedFileTree tree, IReadOnlyList<string> paths, Action<string> note, CancellationToken cancel)
    {
        // tar fails on missing paths, so skip those that disappeared since the plan.
        List<string> present = [.. paths.Where(path => tree.Inspect(path) is { IsMount: false })];
        try
        {
            await TarBackup.WriteAsync(file, tree.Base.Length == 0 ? "/" : OctalEscape.FromBytes(tree.Base), present, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or AgentException)
        {
            var code = Error.From(e).Code == ErrorCode.NoSpace ? ErrorCode.NoSpace : ErrorCode.ImageBackup;
            throw new AgentException(code, Messages.BackupNotWritten(file, e.Message), inner: e);
        }

        if (LocalPath.IsAtOrBelow(TarBackup.RealDirectory(file), tree.Base.Length == 0 ? "/" : tree.Base))
        {
            note("the backup contains keys and logs of this node; move it elsewhere before the image is captured");
        }
    }

    private static Error Refusal(LocalizedText message) => new(ErrorCode.ConfigInvalid, message, Hints.BackupFile);
}
