using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Network;
using Thpc.NodeAgent.Stages.Image;

namespace Thpc.NodeAgent.Cli;

/// <summary>The clients with which `image prep` downloads scripts to keep.</summary>
internal sealed class ImageScripts : IDisposable
{
    private readonly MetadataService? _metadata;
    private readonly CosClient? _cos;

    public ImageScripts(GlobalOptions globals)
    {
        try
        {
            var config = globals.LoadConfig().Config;
            _metadata = new MetadataService(config.MetadataEndpoint);
            _cos = new CosClient(config.Cos.Endpoint);
            var credentials = new CosCredentials(config.Cos.Credentials, globals.Root, _metadata, GlobalOptions.Environment);
            Keeper = new KeptScriptsWriter(config, globals.Root, _cos, credentials);
        }
        catch (AgentException e) when (e.Code == ErrorCode.ConfigInvalid)
        {
            // Normal for an image that was prepared before: its kept scripts stay.
            Warnings = [$"keep-scripts: no script is downloaded because the configuration cannot be read: {e.Message.Split('\n')[0]}"];
        }
    }

    public KeptScriptsWriter? Keeper { get; }

    public IReadOnlyList<string> Warnings { get; } = [];

    public void Dispose()
    {
        _cos?.Dispose();
        _metadata?.Dispose();
    }
}
