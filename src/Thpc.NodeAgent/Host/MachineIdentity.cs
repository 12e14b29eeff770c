using System.Text;
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

    /// <summary>
    /// Reads the ids of cloud-init, firmware and systemd from files, and queries the metadata service, within its limit. Where the files
    /// say that this is still the machine whose ids an earlier run kept, the service is not asked again.
    /// </summary>
    public static async Task<MachineIdentity> InspectAsync(NodeRoot root, MetadataService metadata, CancellationToken cancel)
    {
        var local = new MachineIdentity
        {
            CloudInit = ReadLine(root.Locate("/var/lib/cloud/data/instance-id")),
            ProductUuid = ReadLine(root.Locate("/sys/class/dmi/id/product_uuid")),
            MachineId = ReadLine(root.Locate("/etc/machine-id")),
        };

        // A clone has another UUID. Without a reliable one, only the service can tell.
        return !metadata.IsOff && ReadKept(root) is { } kept && kept with { Metadata = null } == local
            && MachineFingerprint.Read(root) is not null
                ? kept
                : local with { Metadata = await metadata.TryGetAsync("instance-id", cancel) };
    }

    /// <summary>Keeps the ids for later runs. A failure is ignored: the next run asks the metadata service then.</summary>
    public void Keep(NodeRoot root)
    {
        if (Metadata is null || ReadKept(root) == this)
        {
            return;
        }

        try
        {
            StateFiles.EnsureState(root);
            var text = $"{Metadata}\n{CloudInit}\n{ProductUuid}\n{MachineId}\n";
            AtomicFile.Write(root.Machine, Encoding.UTF8.GetBytes(text), durable: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The disk is full or read-only.
        }
    }

    /// <returns>The ids that <see cref="Keep"/> has written; null where there are none.</returns>
    private static MachineIdentity? ReadKept(NodeRoot root)
    {
        try
        {
            // No id contains a line break.
            return RegularFile.ReadText(root.Machine)?.Split('\n') is [{ Length: > 0 } metadata, var cloudInit, var uuid, var machine, ""]
                ? new MachineIdentity
                {
                    Metadata = metadata,
                    CloudInit = NotEmpty(cloudInit),
                    ProductUuid = NotEmpty(uuid),
                    MachineId = NotEmpty(machine),
                }
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        static string? NotEmpty(string text) => text.Length == 0 ? null : text;
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
