using System.Diagnostics.CodeAnalysis;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Network;

namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>Finds the credential of a node, as a run does.</summary>
internal sealed class CredentialFinder(TemporaryNode node)
{
    /// <summary>What was noted, in order.</summary>
    public List<string> Notes { get; } = [];

    [SuppressMessage("Reliability", "CA2000", Justification = "It is disposed of.")]
    public async Task<CosCredential?> FindAsync(
        CosCredentialSource source, Dictionary<string, string>? environment = null, Uri? metadata = null, TimeSpan? limit = null)
    {
        using var service = new MetadataService(metadata);
        return await new CosCredentials(source, node.Root, service, environment ?? []).FindAsync(
            limit ?? TimeSpan.Zero, Notes.Add, TestContext.Current.CancellationToken);
    }

    /// <summary>Expects that none is found because of an error COS_CREDENTIALS.</summary>
    public async Task<AgentException> RefusedAsync(CosCredentialSource source, Uri? metadata = null, TimeSpan? limit = null)
    {
        var error = await Assert.ThrowsAsync<AgentException>(() => FindAsync(source, [], metadata, limit));
        Assert.Equal("COS_CREDENTIALS", error.Code.Name);
        return error;
    }
}
