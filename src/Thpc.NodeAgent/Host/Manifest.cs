using System.Text.Json;
using System.Text.Json.Serialization;

namespace Thpc.NodeAgent.Host;

/// <summary>
/// What an image was when it was captured, as /root/thpc_preinstalled.json has it. An empty marker, or one that somebody else
/// wrote, is as valid and says only that the packages are there.
/// </summary>
internal sealed record Manifest
{
    public int Schema { get; init; } = 1;

    public required string AgentVersion { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>ID of os-release: "debian".</summary>
    public string? OsId { get; init; }

    /// <summary>VERSION_ID of os-release: "12".</summary>
    public string? OsVersion { get; init; }

    /// <summary>As `uname -r` prints it.</summary>
    public string? KernelRelease { get; init; }

    /// <summary>Whether a Lustre client for that kernel was there.</summary>
    public bool LustreClient { get; init; }

    /// <summary>The role that the packages are for, as THPC_NODE_ROLE spells it.</summary>
    public string? NodeRole { get; init; }

    /// <summary>The packages that this role needs and the image had.</summary>
    public IReadOnlyList<ManifestPackage> Packages { get; init; } = [];

    public byte[] ToJson() => [.. JsonSerializer.SerializeToUtf8Bytes(this, ManifestContext.Default.Manifest), (byte)'\n'];

    /// <returns>Null where the text is no manifest, such as an empty one.</returns>
    public static Manifest? Parse(ReadOnlySpan<byte> text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, ManifestContext.Default.Manifest);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <param name="Purpose">What the role needs it for.</param>
internal sealed record ManifestPackage(string Name, string Version, string Purpose);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Manifest))]
internal sealed partial class ManifestContext : JsonSerializerContext;
