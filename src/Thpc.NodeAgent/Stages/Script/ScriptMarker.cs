using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;

namespace Thpc.NodeAgent.Stages.Script;

/// <summary>Records that a script succeeded, when, and on which machine: a clone of that machine must run it again.</summary>
/// <param name="Sha256">SHA-256 of the script that succeeded, in upper-case hex.</param>
internal sealed record ScriptMarker(string Script, string Sha256, DateTimeOffset FinishedAt, MachineIdentity Instance)
{
    // Upper limit for a marker without arguments, in bytes.
    private const int MaxBytesWithoutArgs = 4096;

    /// <summary>The script's arguments; null in markers of versions before 0.2, which had none.</summary>
    public IReadOnlyList<string>? Args { get; init; }

    /// <summary>The boot in which it succeeded; null in markers of versions before 0.2, and where the boot was unknown.</summary>
    public string? BootId { get; init; }

    /// <summary>The marker's path, derived from the script's name.</summary>
    /// <param name="earlierSame">Number of earlier scripts with the same name in the configuration.</param>
    public static string PathOf(NodeRoot root, string script, int earlierSame)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{earlierSame} {script}")));
        return Path.Combine(root.StateDirectory, "scripts", $"{hash[..16]}.done");
    }

    /// <returns>Null where the file is missing or cannot be parsed.</returns>
    public static ScriptMarker? Read(string path)
    {
        try
        {
            return RegularFile.ReadBytes(path) is { } json
                ? JsonSerializer.Deserialize(json, ScriptMarkerContext.Default.ScriptMarker)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Reserves disk space for a marker.</summary>
    /// <exception cref="AgentException">NO_SPACE.</exception>
    public static void Reserve(string path, InitScript script) =>
        DiskSpace.Guard(path, () => AtomicFile.Reserve(path, MaxBytesWithoutArgs + MaxJsonBytes(script.Args)));

    /// <summary>Whether the marker is for this script: its pinned hash, if there is one, and its arguments are the same.</summary>
    public bool IsOf(InitScript script) =>
        (script.Sha256 is null || string.Equals(script.Sha256, Sha256, StringComparison.OrdinalIgnoreCase))
        && (Args ?? []).SequenceEqual(script.Args, StringComparer.Ordinal);

    // A UTF-16 character takes at most six bytes of JSON; 16 bytes cover an argument's quotes, comma, line end and indentation.
    private static int MaxJsonBytes(IReadOnlyList<string> args) => args.Sum(arg => (6 * arg.Length) + 16);

    /// <exception cref="AgentException">NO_SPACE.</exception>
    public void Write(string path) =>
        DiskSpace.Guard(
            path, () => AtomicFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(this, ScriptMarkerContext.Default.ScriptMarker)));
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    WriteIndented = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ScriptMarker))]
[JsonSerializable(typeof(ScriptStartRecord))]
internal sealed partial class ScriptMarkerContext : JsonSerializerContext;
