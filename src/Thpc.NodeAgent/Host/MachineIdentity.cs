using System.Text.Json.Serialization;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Network;

namespace Thpc.NodeAgent.Host;

/// <summary>
/// What tells this machine from others and from its own clones. Any of it may be absent, so two looks are compared by the
/// best fact that both have: a metadata service that is down for a moment makes no new machine.
/// </summary>
internal sealed record MachineIdentity
{
    [JsonPropertyName("metadata")]
    public string? Metadata { get; init; }

    [JsonPropertyName("cloud_init")]
    public string? CloudInit { get; init; }

    [JsonPropertyName("product_uuid")]
    public string? ProductUuid { get; init; }

    [JsonPropertyName("machine_id")]
    public string? MachineId { get; init; }

    /// <summary>The best name it has, for the report; null where nothing is known.</summary>
    [JsonIgnore]
    public string? Id => Metadata ?? CloudInit ?? ProductUuid ?? MachineId;

    public bool IsSameAs(MachineIdentity other)
    {
        foreach (var (mine, theirs) in ((string?, string?)[])[(Metadata, other.Metadata), (CloudInit, other.CloudInit), (ProductUuid, other.ProductUuid), (MachineId, other.MachineId)])
        {
            if (mine is not null && theirs is not null)
            {
                return mine == theirs || MachineFingerprint.IsSameUuid(mine, theirs);
            }
        }

        // Nothing in common to compare: without any identity there is only one machine to think of.
        return Id is null && other.Id is null;
    }

    /// <summary>Asks the metadata service, within its limit, and reads what cloud-init, the firmware and systemd left in files.</summary>
    public static async Task<MachineIdentity> InspectAsync(NodeRoot root, MetadataService metadata, CancellationToken cancel)
    {
        var id = await metadata.TryGetAsync("instance-id", cancel);
        return new MachineIdentity
        {
            Metadata = id,
            CloudInit = ReadLine(root.Locate("/var/lib/cloud/data/instance-id")),
            ProductUuid = ReadLine(root.Locate("/sys/class/dmi/id/product_uuid")),
            MachineId = ReadLine(root.Locate("/etc/machine-id")),
        };
    }

    /// <returns>A short text without control characters; null where there is none.</returns>
    public static string? ReadLine(string path)
    {
        try
        {
            var text = RegularFile.ReadText(path)?.Trim();
            return text?.Length is > 0 and < 200 && !text.Any(char.IsControl) ? text : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
