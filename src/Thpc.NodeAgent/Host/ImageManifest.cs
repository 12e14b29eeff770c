using System.Text.Json;
using System.Text.Json.Serialization;

namespace Thpc.NodeAgent.Host;

/// <summary>
/// The description of an image in /root/thpc_preinstalled.json. An empty marker, or one that another program wrote, is valid too; it
/// only means that the packages are installed.
/// </summary>
internal sealed record ImageManifest
{
    /// <summary>The schema that this agent writes.</summary>
    public const int KnownSchema = 1;

    public int Schema { get; init; } = KnownSchema;

    public required string AgentVersion { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>ID of os-release: "debian".</summary>
    public string? OsId { get; init; }

    /// <summary>VERSION_ID of os-release: "12".</summary>
    public string? OsVersion { get; init; }

    /// <summary>The kernel that the image boots, as printed by `uname -r`; null if the image contains no kernel.</summary>
    public string? KernelRelease { get; init; }

    /// <summary>Whether the image has a Lustre client for that kernel.</summary>
    public bool LustreClient { get; init; }

    /// <summary>The role that the packages are for, a value of THPC_NODE_ROLE.</summary>
    public string? NodeRole { get; init; }

    /// <summary>The packages that this role needs and the image has.</summary>
    public IReadOnlyList<ManifestPackage> Packages { get; init; } = [];

    /// <summary>The packages that this role needs and the image lacks.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];

    public byte[] ToJson() => [.. JsonSerializer.SerializeToUtf8Bytes(this, ManifestContext.Default.ImageManifest), (byte)'\n'];

    /// <returns>Null if the text is not a manifest, such as an empty text.</returns>
    public static ImageManifest? Parse(ReadOnlySpan<byte> text)
    {
        try
        {
            var manifest = JsonSerializer.Deserialize(text, ManifestContext.Default.ImageManifest);

            // In spite of its type, a list that the text lacks is null, and a list in the text may contain null.
            return manifest is null ? null : manifest with
            {
                Packages = [.. (manifest.Packages ?? []).OfType<ManifestPackage>()],
                Missing = [.. (manifest.Missing ?? []).OfType<string>()],
            };
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <param name="Name">The name of the installed package.</param>
/// <param name="Purpose">Why the role needs it.</param>
/// <param name="Need">The required name, if the package only provides it; null if it is the package's own name.</param>
/// <param name="Witness">
/// A file of the package whose existence shows, without the package manager, that it is installed; null if the manager's own files show it.
/// </param>
internal sealed record ManifestPackage(string Name, string Version, string Purpose, string? Need = null, string? Witness = null);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    WriteIndented = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ImageManifest))]
internal sealed partial class ManifestContext : JsonSerializerContext;
