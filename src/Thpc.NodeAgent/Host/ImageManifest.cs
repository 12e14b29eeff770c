using System.Text.Json;
using System.Text.Json.Serialization;

namespace Thpc.NodeAgent.Host;

/// <summary>
/// What an image was when it was captured, as /root/thpc_preinstalled.json has it. An empty marker, or one that somebody else
/// wrote, is as valid and says only that the packages are there.
/// </summary>
internal sealed record ImageManifest
{
    /// <summary>What this agent writes and knows all of.</summary>
    public const int KnownSchema = 1;

    public int Schema { get; init; } = KnownSchema;

    public required string AgentVersion { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>ID of os-release: "debian".</summary>
    public string? OsId { get; init; }

    /// <summary>VERSION_ID of os-release: "12".</summary>
    public string? OsVersion { get; init; }

    /// <summary>The kernel that the image boots, as `uname -r` prints it; null where it has none of its own.</summary>
    public string? KernelRelease { get; init; }

    /// <summary>Whether a Lustre client for that kernel was there.</summary>
    public bool LustreClient { get; init; }

    /// <summary>The role that the packages are for, as THPC_NODE_ROLE spells it.</summary>
    public string? NodeRole { get; init; }

    /// <summary>The packages that this role needs and the image had.</summary>
    public IReadOnlyList<ManifestPackage> Packages { get; init; } = [];

    /// <summary>Those that it needs and the image was captured without, all the same.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];

    public byte[] ToJson() => [.. JsonSerializer.SerializeToUtf8Bytes(this, ManifestContext.Default.ImageManifest), (byte)'\n'];

    /// <returns>Null where the text is no manifest, such as an empty one.</returns>
    public static ImageManifest? Parse(ReadOnlySpan<byte> text)
    {
        try
        {
            var manifest = JsonSerializer.Deserialize(text, ManifestContext.Default.ImageManifest);

            // Whatever the types say, a list that the text does not have is null, and one that it has may hold null.
            return manifest is null ? null : manifest with { Packages = [.. (manifest.Packages ?? []).OfType<ManifestPackage>()], Missing = [.. (manifest.Missing ?? []).OfType<string>()] };
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <param name="Name">The installed package's own name.</param>
/// <param name="Purpose">What the role needs it for.</param>
/// <param name="Need">The name under which the role needs it, which may be one that it provides; null as its own.</param>
/// <param name="Witness">
/// A file that belongs to it, and so says without the package manager whether it is there; null where the manager's own files do.
/// </param>
internal sealed record ManifestPackage(string Name, string Version, string Purpose, string? Need = null, string? Witness = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ImageManifest))]
internal sealed partial class ManifestContext : JsonSerializerContext;
