using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Network;
using Thpc.NodeAgent.Stages.Mount;
using Thpc.NodeAgent.Stages.Packages;
using Thpc.NodeAgent.Stages.Script;

namespace Thpc.NodeAgent.Stages;

/// <summary>Creates all stages in their order, and what they share. Only this class names all stages.</summary>
internal sealed class Pipeline : IDisposable
{
    private readonly MetadataService _metadata;
    private readonly CosClient _cos;
    private readonly Func<Task<MachineIdentity>> _inspect;
    private readonly Lazy<Task<MachineIdentity>> _instance;

    /// <param name="mountOverOpt">Whether to mount over /opt although programs run from it.</param>
    /// <param name="onlyScript">The number of the only script to run, from 1; null: all.</param>
    /// <param name="echo">Receives the scripts' output as it comes; null: only their logs have it.</param>
    public Pipeline(
        NodeConfig config,
        NodeRoot root,
        IReadOnlyDictionary<string, string> environment,
        ScriptWork scripts,
        CancellationToken cancel,
        bool mountOverOpt = false,
        int? onlyScript = null,
        Action<string>? echo = null)
    {
        _metadata = new MetadataService(config.MetadataEndpoint);
        _cos = new CosClient(config.Cos.Endpoint);
        _inspect = () => MachineIdentity.InspectAsync(root, _metadata, cancel);
        _instance = new Lazy<Task<MachineIdentity>>(_inspect);
        var credentials = new CosCredentials(config.Cos.Credentials, root, _metadata, environment);
        Packages = new PackagesStage(config, root);
        Script = new ScriptStage(config, root, _cos, credentials, _ => _instance.Value, TimeProvider.System, scripts)
        {
            Only = onlyScript,
            Echo = echo,
        };
        Mount = new MountStage(DriverContext.Create(config, root), config.Storage) { MountOverOpt = mountOverOpt };
    }

    /// <summary>The stages of a bootstrap.</summary>
    public static Pipeline ForBootstrap(
        NodeConfig config, NodeRoot root, IReadOnlyDictionary<string, string> environment, ForcedWork forced, CancellationToken cancel) =>
        new(config, root, environment, forced.Scripts ? ScriptWork.RunAll : ScriptWork.RunMissing, cancel, forced.MountOverOpt);

    public PackagesStage Packages { get; }

    public ScriptStage Script { get; }

    public MountStage Mount { get; }

    public IReadOnlyList<IStage> All => [Packages, Script, Mount];

    /// <summary>The identity of this machine; determined once.</summary>
    public Task<MachineIdentity> InstanceAsync() => _instance.Value;

    /// <summary>The same, determined again.</summary>
    public Task<MachineIdentity> InspectInstanceAsync() => _inspect();

    public void Dispose()
    {
        _cos.Dispose();
        _metadata.Dispose();
    }
}
