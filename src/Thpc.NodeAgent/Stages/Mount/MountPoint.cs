using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>The directory that a file system is mounted on.</summary>
internal static class MountPoint
{
    // mount(8) finds its place by name: whoever could replace a directory above it could have it mount over /etc.
    private const string Make = DirectoryWalk.Walk + "walk \"$1\" \"$2\" alone";

    private static readonly TimeSpan MakeLimit = TimeSpan.FromSeconds(10);

    /// <summary>Why it must not be mounted on, for where its links lead.</summary>
    public static AgentException? Validate(NodeRoot root, string localPath, MountTree mounts)
    {
        var real = root.Resolve(localPath, mounts);
        return LocalPath.Validate(real) is { } problem ? new AgentException(ErrorCode.MountUnsafePath, $"{localPath} leads to {real}, and {problem}") : null;
    }

    /// <summary>Follows links and makes the directory if it is missing; nobody but root can replace it or what is above it.</summary>
    /// <returns>Its path for this process, as mountinfo will show it.</returns>
    /// <exception cref="AgentException">MOUNT_UNSAFE_PATH, MOUNT_CONFLICT, MOUNT_TIMEOUT or NO_SPACE.</exception>
    public static async Task<string> PrepareAsync(NodeRoot root, string localPath, CancellationToken cancel)
    {
        var mounts = MountTree.Read();
        if (Validate(root, localPath, mounts) is { } problem)
        {
            throw problem;
        }

        var target = Target(root, localPath, mounts);
        var made = await ProgramRunner.RunAsync(["sh", "-c", Make, "sh", root.On("/"), target[root.Prefix.Length..]], MakeLimit, cancel);
        if (made.Succeeded)
        {
            return target;
        }

        var message = $"the directory {localPath} cannot be made: {(made.TimedOut ? $"no end within {MakeLimit.TotalSeconds:0} s" : made.LastWords)}";
        throw made switch
        {
            { TimedOut: true } => new AgentException(ErrorCode.MountTimeout, message, new("It lies on a file system that does not answer; mend that one first.", "它位于一个没有响应的文件系统上，请先修复该文件系统。")),
            { ExitCode: DirectoryWalk.Unsafe } => new AgentException(ErrorCode.MountUnsafePath, $"{localPath}: {made.LastWords}", new("Choose a local_path below directories that belong to root and that nobody else may write to.", "请选择上级目录均属于 root 且其他用户不可写的 local_path。")),
            _ when made.Output.Contains("File exists", StringComparison.Ordinal) || made.Output.Contains("Not a directory", StringComparison.Ordinal) =>
                new AgentException(ErrorCode.MountConflict, message, new("A file is in the way: move it or choose another local_path; nothing was touched.", "该路径被一个文件占用：请移走该文件或改用其他 local_path；未做任何改动。")),
            _ when made.Output.Contains("No space left", StringComparison.Ordinal) => new AgentException(ErrorCode.NoSpace, message),
            _ => new AgentException(ErrorCode.MountFailed, message, new("Make it by hand, or choose another local_path.", "请手动创建该目录，或改用其他 local_path。")),
        };
    }

    /// <summary>Its path for this process, as mountinfo shows it, links followed.</summary>
    public static string Target(NodeRoot root, string localPath, MountTree? mounts = null) => root.On(root.Resolve(localPath, mounts ?? MountTree.Read()));

    /// <summary>What lies in a directory, itself aside; empty where there is none, or it does not answer.</summary>
    public static async Task<IReadOnlyList<string>> ContentAsync(string target, CancellationToken cancel)
    {
        var result = await ProgramRunner.RunAsync(["find", target, "-mindepth", "1", "-maxdepth", "1", "-printf", "%f\\n"], MakeLimit, cancel);
        return result.Succeeded ? [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)] : [];
    }
}
