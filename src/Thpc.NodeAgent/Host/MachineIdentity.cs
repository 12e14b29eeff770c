using System.Text.Json.Serialization;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Network;

namespace Thpc.NodeAgent.Host;

/// <summary>
/// Ids that distinguish this machine from others and from its clones. Any of them may be missing, so two identities are compared by the
/// best id that both have. An outage of the metadata service does not make a new machine.
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

    /// <summary>The best known id, for the report; null if there is none.</summary>
    [JsonIgnore]
    public string? Id => Metadata ?? CloudInit ?? ProductUuid ?? MachineId;

    public bool IsSameAs(MachineIdentity other)
    {
        (string?, string?)[] pairs =
        [
            (Metadata, other.Metadata), (CloudInit, other.CloudInit), (ProductUuid, other.ProductUuid), (MachineId, other.MachineId),
        ];
        foreach (var (mine, theirs) in pairs)
        {
            if (mine is not null && theirs is not null)
            {
                return mine == theirs || MachineFingerprint.IsSameUuid(mine, theirs);
            }
        }

        // No id in common: the same machine only if neither has any id.
        return Id is null && other.Id is null;
    }

    /// <summary>Queries the metadata service, within its limit, and reads the ids of cloud-init, firmware and systemd from files.</summary>
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

    /// <returns>The name in /etc/hostname, or the kernel's.</returns>
    public static string HostName(NodeRoot root) => ReadLine(root.Locate("/etc/hostname")) ?? Environment.MachineName;

    /// <returns>The trimmed content; null if it is empty, has 200 or more characters, control characters, or cannot be read.</returns>
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
