using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Signatures;
using Thpc.NodeAgent.Stages.Shared;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>Stores the pinned init scripts in the image, so that its nodes can start without COS.</summary>
internal sealed class KeptScriptsWriter(NodeConfig config, NodeRoot root, CosClient cos, CosCredentials credentials)
{
    private readonly ScriptSource _source = new(root, cos, credentials);

    /// <summary>The scripts with a pinned sha256 that are not files of the image; one per content.</summary>
    public IReadOnlyList<InitScript> Scripts { get; } =
        [.. config.InitScripts.Where(script => script.Sha256 is not null && !script.Location.IsFile).DistinctBy(script => script.Sha256)];

    /// <summary>The number of scripts without sha256, which cannot be kept.</summary>
    public int Unpinned => config.InitScripts.Count(script => script.Sha256 is null && !script.Location.IsFile);

    /// <summary>Whether each copy needs its signature beside it.</summary>
    public bool AreSigned => config.AllowedSigners is not null;

    /// <exception cref="AgentException">COS_*, SCRIPT_HASH_MISMATCH, SCRIPT_SIGNATURE, NO_SPACE: the script is not kept.</exception>
    public async Task KeepAsync(InitScript script, Action<string> note, CancellationToken cancel)
    {
        var signers = config.AllowedSigners is { } allowed ? await ScriptSigners.ReadAsync(root, allowed, cancel) : null;
        var limits = new FetchLimits(ScriptSource.MaxBytes, script.Timeout, TimeProvider.System.GetTimestamp(), HashIsKnown: true);
        await KeptScripts.KeepAsync(root, _source, script.Location, script.DisplayName, script.Sha256!, limits, signers, note, cancel);
    }
}
