using System.Text;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Configuration.Sections;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Stages.Shared;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image.Operations;

/// <summary>What the agent itself left.</summary>
internal static class AgentOperations
{
    private const string ConfigFolder = "/etc/thpc/";

    public static Operation State { get; } = new("agent-state", true, "the agent's reports, state, scripts and logs", find =>
    {
        // A kept script has nothing of a cluster in its name.
        find.RemoveContent(NodePaths.State, "state of the agent", entry => KeptScripts.IsKept(find.Node.Tree, entry));
        find.RemoveContent(NodePaths.Logs, "log of an init script");

        if (find.Configuration() is var (_, text) && MetricsReader.Find(text) is { } metrics)
        {
            find.RemoveFile(TreePath.FromText(metrics), "metrics of this node's last bootstrap (metrics.textfile)");
        }

        // The lock is held just now, and its file is never removed: two could hold it then.
        find.RemoveContent(NodePaths.Run, "says that a bootstrap succeeded", entry => TreePath.Name(entry.Path) == "lock");
    });

    /// <summary>
    /// What user data writes anew for the next node. The unit starts wherever the file is, so a file with nothing to say is removed; one
    /// with other settings stays with them, and until somebody names the cluster the agent says that its id is missing.
    /// </summary>
    public static Operation Config { get; } = new("cluster-config", true, "cluster id, storage, init scripts and COS keys in the agent's configuration, and lines of /etc/hosts with a cluster's id; other settings stay", find =>
    {
        // Before the files that say which cluster it is.
        IReadOnlyList<string> ids = Ids(find);
        find.ChangeText("/etc/hosts", "hosts of the cluster", text => TraceFinder.ChangeLines(text, line => HostsLines.Without(line, ids)));
        find.RemoveFile(NodePaths.CosCredentials, "keys for COS");
        if (find.Configuration() is not var (file, text) || ClusterTraces.Find(text) is not { Names.Count: > 0 } traces)
        {
            return;
        }

        // Before the text that names it: a run that is killed in between finds both again.
        if (traces.OptionFile is { } option && option.StartsWith(ConfigFolder, StringComparison.Ordinal) && LocalPath.ValidateForm(option) is null)
        {
            find.RemoveFile(TreePath.FromText(option), "storage of the cluster (storage.option_file)");
        }

        var why = string.Join(", ", traces.Names);
        if (traces.Rest is null)
        {
            find.Remove(file, why);
        }
        else
        {
            find.Add(new ImageChange(ImageChangeKind.Rewrite, file.Path, why) { Edit = old => Encoding.UTF8.GetBytes(ClusterTraces.Find(Encoding.UTF8.GetString(old)).Rest ?? "") });
        }
    });

    public static Operation Marker { get; } = new("marker", true, "writes /root/thpc_preinstalled.json: what this image is, and that its packages are there", find =>
    {
        if (find.Node.Marker is not { } marker)
        {
            return;
        }

        // It is written in place of a link: what that leads to is another's.
        var directory = TreePath.FromText(find.Node.Root.Resolve(TreePath.Parent(NodePaths.Marker), find.Node.Mounts));
        var path = TreePath.Join(directory, TreePath.Name(NodePaths.Marker));
        var obstacle = find.Node.Tree.Obstacle(directory)?.Text;
        foreach (var name in (string[])[path, path + NodeRoot.NextMarker])
        {
            obstacle ??= find.Node.Tree.Inspect(name) switch
            {
                null or { Status.Kind: FileKind.Regular or FileKind.Link } => null,
                { Status: { } status } => $"{TreePath.Display(name)} is {RegularFile.Describe(status.Kind)}",
                _ => $"{TreePath.Display(name)} is a mount point",
            };
        }

        if (obstacle is not null)
        {
            throw new AgentException(
                ErrorCode.ImageRefused,
                $"{obstacle}, and the image's manifest belongs there; nothing was touched",
                new("Look at what it is, remove it by hand, then run again.", "请查看它是什么，手动删除后重新运行。"));
        }

        if (find.Node.Tree.Read(path) is not { } present || !Same(present, marker))
        {
            find.Add(new ImageChange(ImageChangeKind.Create, path, "the image's manifest") { Edit = _ => marker.ToJson() });
        }
    });

    /// <summary>The cluster's ids in the configuration and the last report. Only words that begin with hpc-: others would match unrelated lines.</summary>
    private static List<string> Ids(ImageScanner find)
    {
        string?[] found = [find.Configuration() is var (_, text) ? ClusterTraces.Id(text) : null, find.Node.LastClusterId];
        return [.. found.OfType<string>().Where(id => id.StartsWith("hpc-", StringComparison.Ordinal) && id.Length > 4)];
    }

    /// <summary>But for the time: a second run has nothing to do.</summary>
    private static bool Same(byte[] present, ImageManifest marker) =>
        ImageManifest.Parse(present) is { } old && (old with { CreatedAt = marker.CreatedAt }).ToJson().AsSpan().SequenceEqual(marker.ToJson());
}
