using System.Text.Json;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host;

/// <summary>The state of /root/thpc_preinstalled.json on this node.</summary>
/// <param name="IsThere">Whether the file exists, which means that the image has the packages.</param>
/// <param name="Manifest">Null if the file is empty, cannot be read, or was not written by this agent.</param>
/// <param name="Warning">A sentence about a problem with the file; null if there is none.</param>
internal sealed record PreinstalledMarker(bool IsThere, ImageManifest? Manifest, string? Warning)
{
    // The agent's own manifests have a few kilobytes.
    private const int MaxBytes = 1 << 20;

    /// <summary>Reads the marker. It opens only regular files, because a FIFO would block.</summary>
    public static PreinstalledMarker Read(NodeRoot root)
    {
        if (Validate(root) is { } problem)
        {
            return new PreinstalledMarker(false, null, $"{NodePaths.Marker} is {problem}: it does not mark the packages as installed");
        }

        if (FileStatus.Read(root.Marker, link: true) is null)
        {
            return new PreinstalledMarker(false, null, null);
        }

        const string Assumption = "; assuming that the packages are installed, without comparing them";
        try
        {
            using var file = new FileStream(
                root.Locate(NodePaths.Marker), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            var text = new byte[Math.Min(file.Length, MaxBytes + 1)];
            var length = file.ReadAtLeast(text, text.Length, throwOnEndOfStream: false);
            var manifest = length is 0 or > MaxBytes ? null : ImageManifest.Parse(text.AsSpan(0, length));
            var isDamaged = manifest is null && IsDamaged(text.AsSpan(0, length));
            var warning = isDamaged ? $"{NodePaths.Marker} is damaged: it is not a complete manifest{Assumption}" : null;
            return new PreinstalledMarker(true, manifest, warning);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new PreinstalledMarker(true, null, $"{NodePaths.Marker} cannot be read: {e.Message}{Assumption}");
        }
    }

    /// <returns>What the marker is if it is not a regular file, such as "a directory"; null if it is one, or does not exist.</returns>
    public static string? Validate(NodeRoot root)
    {
        if (FileStatus.Read(root.Marker, link: true) is not { } status)
        {
            return null;
        }

        if (status.Kind == FileKind.Link)
        {
            return root.TryResolve(NodePaths.Marker, out var target) is { } problem ? $"a link without a target ({problem.Message})"
                : FileStatus.Read(root.On(target)) is { } there ? RegularFile.Describe(there.Kind)?.English
                : $"a link to {TerminalText.OneLine(target)}, which does not exist";
        }

        return RegularFile.Describe(status.Kind)?.English;
    }

    /// <summary>
    /// Whether the text is a damaged manifest: it begins like a JSON object but is not valid, or has an agent_version but is not a valid
    /// manifest. An empty text, a word, or JSON of another program is not damaged.
    /// </summary>
    private static bool IsDamaged(ReadOnlySpan<byte> text)
    {
        var rest = text.TrimStart(" \t\r\n"u8);
        if (rest.IsEmpty || rest[0] is not ((byte)'{' or 0))
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(rest);
            using var document = JsonDocument.ParseValue(ref reader);
            return document.RootElement.TryGetProperty("agent_version", out _);
        }
        catch (JsonException)
        {
            return true;
        }
    }
}
