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

/// <summary>`image`, and the shared parts of its commands.</summary>
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

    /// <exception cref="AgentException">CONFIG_INVALID: --root does not name an unpacked image.</exception>
    public static void RequireSystem(NodeRoot root)
    {
        if (!root.IsLive && !OsRelease.Paths.Any(path => RegularFile.Exists(root.Locate(path))))
        {
            throw new AgentException(
                ErrorCode.ConfigInvalid,
                Messages.NoSystem(root.Prefix, OsRelease.Paths[0], OsRelease.Paths[1]),
                Hints.MountImage);
        }
    }

    /// <param name="start">The default, for the help text.</param>
    public static Option<string?> OperationsOption(string start) => new("--operations")
    {
        Description = $"comma-separated, from left to right: defaults, all, NAME, -NAME (default: {start}); "
            + "write a leading - as --operations=-NAME",
        HelpName = "LIST",
    };

    /// <summary>A command line for the user.</summary>
    /// <param name="operations">The value of --operations; null for none.</param>
    public static string CommandLine(string verb, NodeRoot root, string? operations)
    {
        var rootOption = root.IsLive ? "" : $" --root {ShellWord.Quote(root.Prefix)}";

        // With =, because a list may begin with -.
        var list = operations is null ? "" : operations.StartsWith('-') ? $" --operations={operations}" : $" --operations {operations}";
        return $"thpc-node-agent image {verb}{rootOption}{list}";
    }

    public static int PrintOperations(bool json)
    {
        if (json)
        {
            JsonOutput.Write(writer => writer.WriteObjects(AllOperations.All, operation =>
            {
                writer.WriteString("name", operation.Name);
                writer.WriteBoolean("default", operation.IsDefault);
                writer.WriteString("does", operation.Does);
            }));
            return ExitCode.Done;
        }

        foreach (var operation in AllOperations.All)
        {
            TerminalOutput.WriteLine($"{operation.Name,-15} {(operation.IsDefault ? "default   " : "on request")} {operation.Does}");
        }

        return ExitCode.Done;
    }

    public static void WriteFields(Utf8JsonWriter writer, ImageFinding item)
    {
        writer.WriteString("operation", item.Operation.Name);
        writer.WriteString("change", item.Change.Verb);
        writer.WriteString("path", TreePath.Display(item.Change.Path));
        writer.WriteString("why", item.Change.Why);
    }

    /// <summary>
    /// The manifest for the marker, and why nodes made from this image may fail. If the configuration no longer describes the node, as
    /// after an earlier or killed prep, an earlier manifest is used because it contains more.
    /// </summary>
    public static async Task<(ImageManifest Manifest, IReadOnlyList<string> Problems)> ManifestAsync(
        GlobalOptions globals, CancellationToken cancel)
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
            var earlier =
                (Read(NodePaths.Marker + NodeRoot.NextMarker) ?? Read(NodePaths.Marker)) is { } marker ? ImageManifest.Parse(marker) : null;
            if (earlier is not null)
            {
                return (earlier, []);
            }

            var manifest = new ImageManifest
            {
                AgentVersion = AgentVersion.Text,
                CreatedAt = now,
                OsId = release?.Id,
                OsVersion = release?.VersionId,
                KernelRelease = KernelVersions.Newest(globals.Root) ?? KernelVersions.Running(globals.Root),
            };
            return (manifest, [$"it is unknown whether the image has the packages that its nodes need: {e.Message.Split('\n')[0]}"]);
        }
    }

    /// <summary>Why this node is or was a manager, by its configured role or the state of its services; null if it is not.</summary>
    public static LocalizedText? ManagerReason(GlobalOptions globals)
    {
        var reason = ByRole("THPC_NODE_ROLE", GlobalOptions.Environment.GetValueOrDefault("THPC_NODE_ROLE"))
            ?? ByRole(globals.ConfigName, Readable(() => globals.ConfigText is { } text ? ClusterTraces.Role(text) : null))
            ?? ByRole(Messages.LastReport, LastReport(globals)?.NodeRole);
        if (reason is not null)
        {
            return reason;
        }

        using var node = new ImageNode(globals.Root, marker: null);
        return ManagerState.Find(node);

        static LocalizedText? ByRole(LocalizedText place, string? role) =>
            role?.Trim().StartsWith("MANAGER", StringComparison.OrdinalIgnoreCase) == true ? Messages.ManagerRole(place) : null;
    }

    public static Report? LastReport(GlobalOptions globals) =>
        Readable(() => StateFiles.ReadReport(globals.Root) is { } report ? ReportJson.Read(report) : null);

    /// <summary>Null if a file cannot be read; the operations report it.</summary>
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
