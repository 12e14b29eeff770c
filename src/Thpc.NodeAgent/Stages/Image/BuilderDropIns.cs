using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>
/// The image builder's own cleaners, run after the agent's. They are of the image and for the running machine: in an unpacked image
/// they are not run, for they would clean the machine that they run on.
/// </summary>
internal static class BuilderDropIns
{
    private const string Folder = "/etc/thpc/image-prep.d";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(600);

    /// <returns>Paths in the order of their names.</returns>
    /// <exception cref="AgentException">IMAGE_DROPIN: somebody else than root could have changed one.</exception>
    public static IReadOnlyList<string> Find(ImageNode node, List<string> warnings)
    {
        IReadOnlyList<TreeEntry> entries = node.Tree.List(Folder);
        if (!node.Root.IsLive)
        {
            warnings.AddRange(entries.Take(1).Select(_ => $"the drop-ins of {Folder} are not run: with --root they would clean this machine and not the image"));
            return [];
        }

        if (node.Tree.Obstacle(Folder) is { } obstacle)
        {
            throw Refusal(obstacle.Text);
        }

        if (node.Tree.Inspect(Folder) is not { Status: { } folder })
        {
            return [];
        }

        if (!folder.IsWritableByRootOnly)
        {
            throw Refusal($"{Folder} is not root's alone");
        }

        List<string> programs = [];
        foreach (var entry in entries)
        {
            if (entry.Status is not { Kind: FileKind.Regular } status)
            {
                throw Refusal($"{TreePath.Display(entry.Path)} is no regular file");
            }

            if (!status.IsWritableByRootOnly)
            {
                throw Refusal($"{TreePath.Display(entry.Path)} is not root's alone");
            }

            if (status.IsExecutable)
            {
                programs.Add(OctalEscape.FromBytes(entry.Path));
            }
            else
            {
                warnings.Add($"{TreePath.Display(entry.Path)} is not executable: not run");
            }
        }

        return programs;
    }

    /// <exception cref="AgentException">IMAGE_DROPIN: it failed, or its time was over.</exception>
    public static async Task RunAsync(string program, Action<string> note, CancellationToken cancel)
    {
        var result = await ProgramRunner.RunAsync([program], Limit, cancel, new Dictionary<string, string>(ChildProcess.PlainEnvironment) { ["THPC_IMAGE_ROOT"] = "/" });
        if (!result.Succeeded)
        {
            throw new AgentException(ErrorCode.ImageDropIn, $"{program}: {(result.TimedOut ? $"no end within {Limit.TotalSeconds:0} s" : $"exit code {result.ExitCode}")}: {result.LastWords}");
        }

        if (result.LastWords.Length > 0)
        {
            note(result.LastWords);
        }
    }

    private static AgentException Refusal(string message) => new(ErrorCode.ImageDropIn, $"{message}; nothing was run or removed");
}
