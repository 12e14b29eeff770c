using System.Text.Json.Serialization;
using Tomlyn.Serialization;

namespace Thpc.NodeAgent.Host.Cos;

/// <summary>/etc/thpc/cos-credentials.toml.</summary>
internal sealed class CosCredentialsFile
{
    public string? SecretId { get; set; }

    public string? SecretKey { get; set; }

    public string? Token { get; set; }
}

[TomlSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[TomlSerializable(typeof(CosCredentialsFile))]
internal sealed partial class CosCredentialsContext : TomlSerializerContext;
