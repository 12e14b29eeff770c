using System.Text;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Configuration.Sections;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Stages.Shared;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image.Operations;

/// <summary>Removes what the agent itself wrote, and writes the marker.</summary>
internal static class AgentOperations
{
    private const string ConfigFolder = "/etc/thpc/";

    private const string ConfigDoes = "cluster id, storage, init scripts and COS keys in the agent's configuration, and lines of /etc/hosts"
        + " with a cluster's id; other settings stay";

    private const string MarkerDoes =
        "writes /root/thpc_preinstalled.json, which describes the image and lets its nodes skip the packages stage";

    public static Operation State { get; } = new("agent-state", true, "the agent's reports, state, scripts and logs", scanner =>
    {
        // Kept scripts stay: their names contain nothing of a cluster.
        scanner.RemoveContent(NodePaths.State, "state of the agent", entry => KeptScripts.IsKept(scanner.Node.Tree, entry));
        scanner.RemoveContent(NodePaths.Logs, "log of an init script");

        if (scanner.Configuration() is var (_, text) && MetricsReader.Find(text) is { } metrics)
        {
            scanner.RemoveFile(TreePath.FromText(metrics), "metrics of this node's last bootstrap (metrics.textfile)");
        }

        // The lock file stays: this run holds it, and without the file a second run could take the lock too.
        scanner.RemoveContent(NodePaths.Run, "ready file of a successful bootstrap", entry => TreePath.Name(entry.Path) == "lock");
    });

    /// <summary>
    /// Removes the settings that user data writes for each new node. The agent's unit starts if the file exists, so a file without other
    /// settings is removed. A file with other settings keeps them, and the agent reports the missing cluster id until it is set.
    /// </summary>
    public static Operation Config { get; } = new("cluster-config", true, ConfigDoes, scanner =>
    {
        // First, because the ids come from files that are removed below.
        IReadOnlyList<string> ids = Ids(scanner);
        scanner.ChangeText(
            "/etc/hosts", "hosts of the cluster", text => TraceFinder.ChangeLines(text, line => HostsLines.Without(line, ids)));
        scanner.RemoveFile(NodePaths.CosCredentials, "COS keys");
        if (scanner.Configuration() is not var (file, text) || ClusterTraces.Find(text) is not { Names.Count: > 0 } traces)
        {
            return;
        }

        // Before the configuration that names the file, so that a run after a kill in between finds both again.
        if (traces.OptionFile is { } option && option.StartsWith(ConfigFolder, StringComparison.Ordinal)
            && LocalPath.ValidateForm(option) is null)
        {
            scanner.RemoveFile(TreePath.FromText(option), "storage of the cluster (storage.option_file)");
        }

        var why = string.Join(", ", traces.Names);
        if (traces.Rest is null)
        {
            scanner.Remove(file, why);
        }
        else
        {
            scanner.Add(new ImageChange(ImageChangeKind.Rewrite, file.Path, why)
            {
                Edit = old => Encoding.UTF8.GetBytes(ClusterTraces.Find(Encoding.UTF8.GetString(old)).Rest ?? ""),
            });
        }
    });

    public static Operation Marker { get; } = new("marker", true, MarkerDoes, scanner =>
    {
        if (scanner.Node.Marker is not { } marker)
        {
            return;
        }

        // The marker replaces a link; the link's target is not written.
        var directory = TreePath.FromText(scanner.Node.Root.Resolve(TreePath.Parent(NodePaths.Marker), scanner.Node.Mounts));
        var path = TreePath.Join(directory, TreePath.Name(NodePaths.Marker));
        var obstacle = scanner.Node.Tree.Obstacle(directory)?.Text;
        foreach (var name in (string[])[path, path + NodeRoot.NextMarker])
        {
            obstacle ??= scanner.Node.Tree.Inspect(name) switch
            {
                null or { Status.Kind: FileKind.Regular or FileKind.Link } => null,
                { Status: { } status } => Messages.Is(TreePath.Display(name), RegularFile.Describe(status.Kind)!),
                _ => Messages.MountPoint(TreePath.Display(name)),
            };
        }

        if (obstacle is not null)
        {
            throw new AgentException(ErrorCode.ImageRefused, Messages.ManifestRefused(obstacle), Hints.MarkerPath);
        }

        if (scanner.Node.Tree.Read(path) is not { } present || !IsUnchanged(present, marker))
        {
            scanner.Add(new ImageChange(ImageChangeKind.Create, path, "the image's manifest") { Edit = _ => marker.ToJson() });
        }
    });

    /// <summary>
    /// The cluster's ids in the configuration and the last report. Only ids that begin with hpc-: others could match unrelated lines.
    /// </summary>
    private static List<string> Ids(ImageScanner scanner)
    {
        string?[] found = [scanner.Configuration() is var (_, text) ? ClusterTraces.Id(text) : null, scanner.Node.LastClusterId];
        return [.. found.OfType<string>().Where(id => id.StartsWith("hpc-", StringComparison.Ordinal) && id.Length > 4)];
    }

    /// <summary>Compares everything but the time, so that a second run has nothing to do.</summary>
    private static bool IsUnchanged(byte[] present, ImageManifest marker) =>
        ImageManifest.Parse(present) is { } old
            && (old with { CreatedAt = marker.CreatedAt }).ToJson().AsSpan().SequenceEqual(marker.ToJson());
}
