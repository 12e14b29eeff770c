using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Script;

/// <summary>Says that a script succeeded, when, and on which machine: a clone of that machine's disk must run it again.</summary>
internal sealed record ScriptMarker(string Script, string Sha256, DateTimeOffset FinishedAt, Instance Instance)
{
    private const int LongMarker = 4096;

    /// <summary>Its file, by the script's name and by how many of the same name come before it in the list.</summary>
    public static string PathOf(NodeRoot root, string script, int earlierSame)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{earlierSame} {script}")));
        return Path.Combine(root.StateDirectory, "scripts", $"{hash[..16]}.done");
    }

    /// <returns>Null where there is none, or none that can be read.</returns>
    public static ScriptMarker? Read(string path)
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), ScriptMarkerContext.Default.ScriptMarker) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Takes the space for one.</summary>
    /// <exception cref="AgentException">NO_SPACE.</exception>
    public static void Reserve(string path) => DiskSpace.Guard(path, () => AtomicFile.Reserve(path, LongMarker));

    /// <exception cref="AgentException">NO_SPACE.</exception>
    public void Write(string path) =>
        DiskSpace.Guard(path, () => AtomicFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(this, ScriptMarkerContext.Default.ScriptMarker)));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ScriptMarker))]
internal sealed partial class ScriptMarkerContext : JsonSerializerContext;
