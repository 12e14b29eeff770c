using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Stages.Packages;

namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>Nodes on which dpkg lists some packages as installed, and images captured from them.</summary>
internal static class DebianNodes
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TemporaryNode With(params string[] installed)
    {
        var node = new TemporaryNode();
        node.Write("/etc/os-release", "ID=debian\nVERSION_ID=12\n");
        node.Write("/var/lib/dpkg/status", Status(installed));
        return node;
    }

    /// <summary>A node of an image that was captured with these packages.</summary>
    public static async Task<TemporaryNode> CapturedAsync(params string[] installed)
    {
        var node = With(installed);
        await CaptureAsync(node);
        return node;
    }

    public static async Task CaptureAsync(TemporaryNode node)
    {
        var status = await File.ReadAllTextAsync(node.On("/var/lib/dpkg/status"), Cancel);
        var config = PackagesConfig.Of(extra: status.Contains("htop", StringComparison.Ordinal) ? ["htop"] : []);
        await File.WriteAllBytesAsync(
            node.Root.Marker, (await Stage(node, config).ManifestAsync(AgentVersion.Text, DateTimeOffset.UnixEpoch, Cancel)).ToJson(),
            Cancel);
    }

    public static PackagesStage Stage(TemporaryNode node, NodeConfig config) => new(config, node.Root);

    public static string Status(params string[] names) =>
        string.Concat(names.Select(name => $"Package: {name}\nStatus: install ok installed\nArchitecture: all\nVersion: 1.0\n\n"));
}
