using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>
/// Runs the image builder's own programs after the agent's operations. They clean the running machine, so they are not run for an
/// unpacked image.
/// </summary>
internal static class BuilderDropIns
{
    private const string Folder = "/etc/thpc/image-prep.d";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(600);

    /// <returns>The paths of the programs, sorted by name.</returns>
    /// <exception cref="AgentException">IMAGE_DROPIN: users other than root could have changed a program.</exception>
    public static IReadOnlyList<string> Find(ImageNode node, List<string> warnings)
    {
        IReadOnlyList<TreeEntry> entries = node.Tree.List(Folder);
        if (!node.Root.IsLive)
        {
            if (entries.Count > 0)
            {
                warnings.Add($"the drop-ins of {Folder} are not run: with --root they would clean this machine instead of the image");
            }

            return [];
        }

        if (node.Tree.Obstacle(Folder) is { } obstacle)
        {
            throw new AgentException(Refusal(obstacle.Text));
        }

        if (node.Tree.Inspect(Folder) is not { Status: { } folder })
        {
            return [];
        }

        if (!folder.IsWritableByRootOnly)
        {
            throw new AgentException(Refusal(Messages.NotOwnedByRoot(Folder)));
        }

        List<string> programs = [];
        foreach (var entry in entries)
        {
            if (entry.Status is not { Kind: FileKind.Regular } status)
            {
                throw new AgentException(Refusal(Messages.NotRegular(TreePath.Display(entry.Path))));
            }

            if (!status.IsWritableByRootOnly)
            {
                throw new AgentException(Refusal(Messages.NotOwnedByRoot(TreePath.Display(entry.Path))));
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

    /// <exception cref="AgentException">IMAGE_DROPIN: the program failed or exceeded its time limit.</exception>
    public static async Task RunAsync(string program, Action<string> note, CancellationToken cancel)
    {
        var result = await ProgramRunner.RunAsync(
            [program], Limit, cancel, new Dictionary<string, string>(ChildProcess.PlainEnvironment) { ["THPC_IMAGE_ROOT"] = "/" });
        if (!result.Succeeded)
        {
            var end = result.TimedOut ? Messages.TimedOut($"{Limit.TotalSeconds:0}") : Messages.ExitCode(result.ExitCode);
            throw new AgentException(ErrorCode.ImageDropIn, $"{program}: " + end + $": {result.LastOutput}");
        }

        if (result.LastOutput.Length > 0)
        {
            note(result.LastOutput);
        }
    }

    private static Error Refusal(LocalizedText message) => new(ErrorCode.ImageDropIn, Messages.NothingRun(message));
}
