using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Network;

namespace Thpc.NodeAgent.Doctor;

/// <summary>The node as the checks see it, with what several of them ask for.</summary>
internal sealed class DoctorContext(NodeRoot root, NodeConfig config, string configName, IReadOnlyList<string> warnings, IReadOnlyDictionary<string, string> environment) : IDisposable
{
    /// <summary>For the metadata service. A check has four seconds.</summary>
    private static readonly TimeSpan CredentialLimit = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private Task<CosCredential?>? _credential;

    public NodeRoot Root => root;

    public NodeConfig Config => config;

    public string ConfigName => configName;

    /// <summary>What the configuration's reader had to say.</summary>
    public IReadOnlyList<string> Warnings => warnings;

    public MetadataService Metadata { get; } = new(config.MetadataEndpoint);

    public CosClient Cos { get; } = new(config.Cos.Endpoint);

    /// <summary>Null: requests are not signed. Asked for once, whoever asks first.</summary>
    public Task<CosCredential?> CredentialAsync(CancellationToken cancel)
    {
        lock (_gate)
        {
            return _credential ??= new CosCredentials(config.Cos.Credentials, root, Metadata, environment).FindAsync(CredentialLimit, _ => { }, cancel);
        }
    }

    public void Dispose()
    {
        Metadata.Dispose();
        Cos.Dispose();
    }
}
