using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;

namespace Thpc.NodeAgent.Stages.Script;

/// <summary>Says that a script succeeded, when, and on which machine: a clone of that machine's disk must run it again.</summary>
/// <param name="Sha256">Of the content that succeeded, in upper-case hex.</param>
internal sealed record ScriptMarker(string Script, string Sha256, DateTimeOffset FinishedAt, MachineIdentity Instance)
{
    private const int LongMarker = 4096;

    /// <summary>What the script was given; null in markers of versions before 0.2, whose scripts had no arguments.</summary>
    public IReadOnlyList<string>? Args { get; init; }

    /// <summary>The boot in which it succeeded; null in markers of versions before 0.2, and where it was not known.</summary>
    public string? BootId { get; init; }

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
            return RegularFile.ReadBytes(path) is { } json ? JsonSerializer.Deserialize(json, ScriptMarkerContext.Default.ScriptMarker) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Takes the space for one.</summary>
    /// <exception cref="AgentException">NO_SPACE.</exception>
    public static void Reserve(string path, InitScript script) =>
        DiskSpace.Guard(path, () => AtomicFile.Reserve(path, LongMarker + MaxJsonBytes(script.Args)));

    /// <summary>Whether it is of this script: another pinned content, or other arguments, make another one.</summary>
    public bool IsOf(InitScript script) =>
        (script.Sha256 is null || string.Equals(script.Sha256, Sha256, StringComparison.OrdinalIgnoreCase))
        && (Args ?? []).SequenceEqual(script.Args, StringComparer.Ordinal);

    // A character of UTF-16 becomes at most six of JSON, and each argument has quotes, comma, line end and indentation.
    private static int MaxJsonBytes(IReadOnlyList<string> args) => args.Sum(arg => (6 * arg.Length) + 16);

    /// <exception cref="AgentException">NO_SPACE.</exception>
    public void Write(string path) =>
        DiskSpace.Guard(path, () => AtomicFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(this, ScriptMarkerContext.Default.ScriptMarker)));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ScriptMarker))]
[JsonSerializable(typeof(ScriptStartRecord))]
internal sealed partial class ScriptMarkerContext : JsonSerializerContext;
