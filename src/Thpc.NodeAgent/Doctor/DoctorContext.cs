using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Network;

namespace Thpc.NodeAgent.Doctor;

/// <summary>What the checks share: the node, its configuration, and clients of the metadata service and of COS.</summary>
internal sealed class DoctorContext(
    NodeRoot root, NodeConfig config, string configName, IReadOnlyList<string> warnings, IReadOnlyDictionary<string, string> environment)
    : IDisposable
{
    /// <summary>Limit of the request to the metadata service; less than a check's own limit.</summary>
    private static readonly TimeSpan CredentialLimit = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private Task<CosCredential?>? _credential;

    public NodeRoot Root => root;

    public NodeConfig Config => config;

    public string ConfigName => configName;

    /// <summary>The warnings of the configuration's reader.</summary>
    public IReadOnlyList<string> Warnings => warnings;

    public MetadataService Metadata { get; } = new(config.MetadataEndpoint);

    public CosClient Cos { get; } = new(config.Cos.Endpoint);

    /// <summary>The credential for COS, requested once for all checks.</summary>
    /// <returns>Null if requests are not signed.</returns>
    public Task<CosCredential?> CredentialAsync(CancellationToken cancel)
    {
        lock (_gate)
        {
            return _credential ??=
                new CosCredentials(config.Cos.Credentials, root, Metadata, environment).FindAsync(CredentialLimit, _ => { }, cancel);
        }
    }

    public void Dispose()
    {
        Metadata.Dispose();
        Cos.Dispose();
    }
}
