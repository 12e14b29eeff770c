using System.CommandLine;
using System.Text;
using System.Text.Json;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Stages.Image;
using Thpc.NodeAgent.Stages.Packages;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cli;

/// <summary>`image`: from a node to an image, and what both of its commands need.</summary>
internal static class ImageCommand
{
    public static readonly Option<bool> ListOperations = new("--list-operations")
    {
        Description = "print all operations, what each does and which are defaults",
    };
    public static readonly Option<bool> Json = new("--json") { Description = "print as JSON" };

    public static Command Create() => new("image", "Prepare a node for image capture, or check an image.")
    {
        ImagePrepCommand.Create(),
        ImageCheckCommand.Create(),
    };

    /// <exception cref="AgentException">CONFIG_INVALID: what --root names is no unpacked image.</exception>
    public static void RequireSystem(NodeRoot root)
    {
        if (!root.IsLive && !OsRelease.Paths.Any(path => RegularFile.Exists(root.Locate(path))))
        {
            throw new AgentException(
                ErrorCode.ConfigInvalid,
                $"{root.Prefix} holds no system: there is neither {string.Join(" nor ", OsRelease.Paths)}",
                new("Mount or unpack the image there first, with the partition that has its /etc.", "请先将镜像挂载或解包到该目录，其中应包含 /etc 所在的分区。"));
        }
    }

    /// <param name="start">What is meant where nothing is given.</param>
    public static Option<string?> OperationsOption(string start) => new("--operations")
    {
        Description = $"comma-separated, from left to right: defaults, all, NAME, -NAME (default: {start}); "
            + "write a leading - as --operations=-NAME",
        HelpName = "LIST",
    };

    public static int PrintOperations(bool json)
    {
        if (json)
        {
            JsonOutput.Write(writer =>
            {
                writer.WriteStartArray();
                foreach (var operation in AllOperations.All)
                {
                    writer.WriteStartObject();
                    writer.WriteString("name", operation.Name);
                    writer.WriteBoolean("default", operation.IsDefault);
                    writer.WriteString("does", operation.Does);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
            });
            return ExitCode.Done;
        }

        foreach (var operation in AllOperations.All)
        {
            Console.WriteLine($"{operation.Name,-15} {(operation.IsDefault ? "default   " : "on request")} {operation.Does}");
        }

        return ExitCode.Done;
    }

    /// <param name="className">What the class of each is, for `image check`; null: it has none.</param>
    public static void WriteItems(Utf8JsonWriter writer, IEnumerable<ImageFinding> items, string? className = null)
    {
        foreach (var (operation, change) in items)
        {
            writer.WriteStartObject();
            if (className is not null)
            {
                writer.WriteString("class", className);
            }

            writer.WriteString("operation", operation.Name);
            writer.WriteString("change", change.Word);
            writer.WriteString("path", TreePath.Display(change.Path));
            writer.WriteString("why", change.Why);
            writer.WriteEndObject();
        }
    }

    /// <summary>
    /// What the marker says of this image, and why nodes made from it would not work. Where no configuration says any more what
    /// the node is, as after an earlier prep or one that was killed, an earlier manifest is better than one that knows less.
    /// </summary>
    public static async Task<(ImageManifest Manifest, IReadOnlyList<string> Problems)> ManifestAsync(GlobalOptions globals, CancellationToken cancel)
    {
        var now = TimeProvider.System.GetUtcNow();
        try
        {
            var stage = new PackagesStage(globals.LoadConfig().Config, globals.Root, isForeign: !globals.Root.IsLive);
            return (await stage.ManifestAsync(AgentVersion.Text, now, cancel), (await stage.CheckAsync(cancel)).Problems);
        }
        catch (AgentException e) when (e.Code == ErrorCode.ConfigInvalid || e.Code == ErrorCode.PackagesFailed)
        {
            using var tree = new RootedFileTree(globals.Root);
            byte[]? Read(string path) => tree.Read(TreePath.FromText(globals.Root.Resolve(path, MountTree.Read())));
            var release = Read(NodePaths.OsRelease) is { } text ? OsRelease.Parse(Encoding.UTF8.GetString(text)) : null;
            var earlier = (Read(NodePaths.Marker + NodeRoot.NextMarker) ?? Read(NodePaths.Marker)) is { } marker ? ImageManifest.Parse(marker) : null;
            return (
                earlier ?? new ImageManifest { AgentVersion = AgentVersion.Text, CreatedAt = now, OsId = release?.Id, OsVersion = release?.VersionId, KernelRelease = KernelVersions.Newest(globals.Root) ?? KernelVersions.Running(globals.Root) },
                earlier is null ? [$"whether the image has the packages that its nodes need is not known: {e.Message.Split('\n')[0]}"] : []);
        }
    }

    /// <summary>Why this is a manager node, or was one, by its roles or by what its services left; null where it is none.</summary>
    public static string? ManagerReason(GlobalOptions globals)
    {
        var reason = ByRole("THPC_NODE_ROLE", GlobalOptions.Environment.GetValueOrDefault("THPC_NODE_ROLE"))
            ?? ByRole(globals.ConfigName, Readable(() => globals.ConfigText is { } text ? ClusterTraces.Role(text) : null))
            ?? ByRole("the last report", LastReport(globals)?.NodeRole);
        if (reason is not null)
        {
            return reason;
        }

        using var node = new ImageNode(globals.Root, marker: null);
        return ManagerState.Find(node);

        static string? ByRole(string place, string? role) =>
            role?.Trim().StartsWith("MANAGER", StringComparison.OrdinalIgnoreCase) == true ? $"{place} gives it the role of a manager" : null;
    }

    public static Report? LastReport(GlobalOptions globals) =>
        Readable(() => StateFiles.ReadReport(globals.Root) is { } report ? ReportJson.Read(report) : null);

    /// <summary>What cannot be read says nothing; the operations name it.</summary>
    private static T? Readable<T>(Func<T?> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or AgentException)
        {
            return null;
        }
    }
}
