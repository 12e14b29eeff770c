using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>Where what is removed is kept.</summary>
internal static class BackupTarget
{
    /// <exception cref="AgentException">CONFIG_INVALID: the file would be removed itself, or cannot be there.</exception>
    public static void Check(string file, RootedFileTree tree, IReadOnlyList<OperationFindings> found)
    {
        if (TarBackup.Validate(file) is { } problem)
        {
            throw Refusal($"--backup {file}: {problem}");
        }

        var directory = TarBackup.RealDirectory(file);
        if (found.SelectMany(findings => findings.Directories).FirstOrDefault(cleaned => LocalPath.IsAtOrBelow(directory, tree.Base + cleaned)) is { } cleaned)
        {
            throw Refusal($"--backup {file}: is inside of {cleaned}, which is cleaned");
        }
    }

    /// <exception cref="AgentException">IMAGE_BACKUP or NO_SPACE.</exception>
    public static async Task KeepAsync(string file, RootedFileTree tree, IReadOnlyList<string> paths, Action<string> note, CancellationToken cancel)
    {
        // What is gone since needs no keeping, and tar would fail for it.
        List<string> present = [.. paths.Where(path => tree.Inspect(path) is { IsMount: false })];
        try
        {
            await TarBackup.WriteAsync(file, tree.Base.Length == 0 ? "/" : OctalEscape.FromBytes(tree.Base), present, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or AgentException)
        {
            throw new AgentException(ErrorCode.Describe(e).Code == ErrorCode.NoSpace ? ErrorCode.NoSpace : ErrorCode.ImageBackup, $"{file} could not be written: {e.Message}", inner: e);
        }

        if (LocalPath.IsAtOrBelow(TarBackup.RealDirectory(file), tree.Base.Length == 0 ? "/" : tree.Base))
        {
            note("it has the keys and logs of the old node: take it away before the image is captured");
        }
    }

    private static AgentException Refusal(string message) => new(ErrorCode.ConfigInvalid, message, new("Give a new file in a directory of its own, best on another disk; nothing was removed.", "请指定独立目录中的新文件，最好位于另一块磁盘；未删除任何内容。"));
}
