using System.CommandLine;
using System.Text;
using Thpc.NodeAgent.Config;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Stages.Image;
using Thpc.NodeAgent.Stages.Packages;

namespace Thpc.NodeAgent.Cli;

/// <summary>`image`: from a node to an image, and what both of its commands need.</summary>
internal static class ImageCommand
{
    public static readonly Option<bool> ListOperations = new("--list-operations") { Description = "print the operations, which of them are defaults, and what each does" };
    public static readonly Option<bool> Json = new("--json") { Description = "print as JSON" };

    public static Command Create() => new("image", "Make this node ready to be captured as an image; audit an image for leftovers.")
    {
        ImagePrepCommand.Create(),
        ImageCheckCommand.Create(),
    };

    /// <param name="start">What is meant where nothing is given.</param>
    public static Option<string?> OperationsOption(string start) => new("--operations") { Description = $"which, with commas: defaults, all, NAME, -NAME, from left to right (default: {start}); a list that begins with - is given as --operations=-NAME", HelpName = "LIST" };

    public static int PrintOperations(bool json)
    {
        if (json)
        {
            JsonOutput.Write(writer =>
            {
                writer.WriteStartArray();
                foreach (var operation in Operations.All)
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

        foreach (var operation in Operations.All)
        {
            Console.WriteLine($"{operation.Name,-15} {(operation.IsDefault ? "default   " : "on request")} {operation.Does}");
        }

        return ExitCode.Done;
    }

    public static void WriteJson(IEnumerable<(Operation Operation, Leftover Leftover)> items) => JsonOutput.Write(writer =>
    {
        writer.WriteStartArray();
        foreach (var (operation, leftover) in items)
        {
            writer.WriteStartObject();
            writer.WriteString("operation", operation.Name);
            writer.WriteString("change", leftover.Word);
            writer.WriteString("path", TreePath.Show(leftover.Path));
            writer.WriteString("why", leftover.Why);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    /// <summary>What the marker says of this image; the one place that knows.</summary>
    public static Manifest ManifestOf(NodeRoot root)
    {
        using var tree = new SafeTree(root);
        var release = tree.Read(TreePath.FromText(root.Resolve("/etc/os-release", MountTable.Read()))) is { } text ? OsRelease.Parse(Encoding.UTF8.GetString(text)) : null;
        return new Manifest
        {
            AgentVersion = BootstrapCommand.Version,
            CreatedAt = TimeProvider.System.GetUtcNow(),
            OsId = release?.Id,
            OsVersion = release?.VersionId,

            // An unpacked image runs no kernel; this machine's is not its own.
            KernelRelease = root.IsLive ? Instance.ReadLine("/proc/sys/kernel/osrelease") : null,
        };
    }

    /// <summary>Every role that this node has or had: by environment, configuration and last report.</summary>
    public static bool IsManager(Globals globals) => ((string?[])
    [
        Globals.Environment.GetValueOrDefault("THPC_NODE_ROLE"),
        ConfigFile.Read(globals.ConfigFile ?? globals.Root.On(globals.Root.Resolve(globals.ConfigName))) is { } text ? ClusterTraces.Role(text) : null,
        StateFiles.ReadReport(globals.Root) is { } report ? ReportJson.Read(report)?.NodeRole : null,
    ]).Any(role => role is not null && role.Trim().StartsWith("MANAGER", StringComparison.OrdinalIgnoreCase));
}
