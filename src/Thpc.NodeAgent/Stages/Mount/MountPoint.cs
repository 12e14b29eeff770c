using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>Checks, creates and lists the directory that a file system is mounted on.</summary>
internal static class MountPoint
{
    // mount(8) follows the path by name: a user who can replace a parent directory could make it mount over /etc.
    private const string CreateScript = DirectoryWalk.Walk + "walk \"$1\" \"$2\" alone";

    private static readonly TimeSpan DirectoryLimit = TimeSpan.FromSeconds(10);

    /// <summary>Checks the path that <paramref name="localPath"/> resolves to.</summary>
    /// <returns>MOUNT_UNSAFE_PATH where nothing may be mounted there; null where it may.</returns>
    public static Error? Validate(NodeRoot root, string localPath, MountTree mounts)
    {
        var real = root.Resolve(localPath, mounts);
        return LocalPath.Validate(real) is { } problem
            ? new Error(ErrorCode.MountUnsafePath, Messages.LeadsTo(localPath, real, problem))
            : null;
    }

    /// <summary>
    /// Follows links, and creates the directory if it is missing. Only root can replace the directory or one of its parents.
    /// </summary>
    /// <returns>The resolved path for this process, as mountinfo will show it.</returns>
    /// <exception cref="AgentException">MOUNT_UNSAFE_PATH, MOUNT_CONFLICT, MOUNT_TIMEOUT or NO_SPACE.</exception>
    public static async Task<string> PrepareAsync(NodeRoot root, string localPath, CancellationToken cancel)
    {
        var mounts = MountTree.Read();
        if (Validate(root, localPath, mounts) is { } problem)
        {
            throw new AgentException(problem);
        }

        var target = TargetPath(root, localPath, mounts);
        var created = await ProgramRunner.RunAsync(
            ["sh", "-c", CreateScript, "sh", root.On("/"), target[root.Prefix.Length..]], DirectoryLimit, cancel);
        if (created.Succeeded)
        {
            return target;
        }

        var reason = created.TimedOut ? Host.Messages.NoAnswerWithin($"{DirectoryLimit.TotalSeconds:0}") : created.LastOutput;
        var message = Messages.DirectoryNotCreated(localPath, reason);
        bool Printed(string text) => created.Output.Contains(text, StringComparison.Ordinal);
        throw new AgentException(created switch
        {
            { TimedOut: true } => new Error(ErrorCode.MountTimeout, message, Hints.RestoreParentFileSystem),
            { ExitCode: DirectoryWalk.Unsafe } =>
                new Error(ErrorCode.MountUnsafePath, $"{localPath}: {created.LastOutput}", Hints.ChooseProtectedPath),
            _ when Printed("File exists") || Printed("Not a directory") =>
                new Error(ErrorCode.MountConflict, message, Hints.MoveFileAway),
            _ when Printed("No space left") => new Error(ErrorCode.NoSpace, message),
            _ => new Error(ErrorCode.MountFailed, message, Hints.CreateDirectory),
        });
    }

    /// <summary>The mount point's path for this process, links followed, as mountinfo shows it.</summary>
    public static string TargetPath(NodeRoot root, string localPath, MountTree? mounts = null) =>
        root.On(root.Resolve(localPath, mounts ?? MountTree.Read()));

    /// <summary>The names in a directory, sorted; empty where the directory is missing or does not answer.</summary>
    public static async Task<IReadOnlyList<string>> ContentAsync(string target, MountTree mounts, CancellationToken cancel)
    {
        if (mounts.FindCovering(target) is { MayBlock: false })
        {
            return DirectoryReader.Names(target);
        }

        var result = await ProgramRunner.RunAsync(
            ["find", target, "-mindepth", "1", "-maxdepth", "1", "-printf", "%f\\n"], DirectoryLimit, cancel);
        return result.Succeeded ? [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)] : [];
    }
}
