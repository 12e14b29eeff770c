using System.Text.Json;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host;

/// <summary>What /root/thpc_preinstalled.json is on this node.</summary>
/// <param name="IsThere">Whether there is such a file, which says that the image has the packages.</param>
/// <param name="Manifest">Null where the file is empty, cannot be read, or was not written by this agent.</param>
/// <param name="Warning">What is wrong with it; null where nothing is.</param>
internal sealed record PreinstalledMarker(bool IsThere, ImageManifest? Manifest, string? Warning)
{
    // The agent's own have a few kilobytes.
    private const int MaxBytes = 1 << 20;

    /// <summary>Opens nothing but a regular file: a FIFO would be waited for.</summary>
    public static PreinstalledMarker Read(NodeRoot root)
    {
        if (Validate(root) is { } problem)
        {
            return new PreinstalledMarker(false, null, $"{NodePaths.Marker} is {problem}, so it does not say that the image has the packages");
        }

        if (FileStatus.Read(root.Marker, link: true) is null)
        {
            return new PreinstalledMarker(false, null, null);
        }

        const string Believed = "; the packages are taken to be there, and not compared";
        try
        {
            using var file = new FileStream(root.Locate(NodePaths.Marker), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            var text = new byte[Math.Min(file.Length, MaxBytes + 1)];
            var length = file.ReadAtLeast(text, text.Length, throwOnEndOfStream: false);
            var manifest = length is 0 or > MaxBytes ? null : ImageManifest.Parse(text.AsSpan(0, length));
            return new PreinstalledMarker(true, manifest, manifest is null && IsDamaged(text.AsSpan(0, length)) ? $"{NodePaths.Marker} is damaged: it is no whole manifest{Believed}" : null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new PreinstalledMarker(true, null, $"{NodePaths.Marker} cannot be read: {e.Message}{Believed}");
        }
    }

    /// <returns>What has the marker's name although it is no file, such as "a directory"; null where it is one, or nothing is there.</returns>
    public static string? Validate(NodeRoot root)
    {
        if (FileStatus.Read(root.Marker, link: true) is not { } status)
        {
            return null;
        }

        if (status.Kind == FileKind.Link)
        {
            try
            {
                var target = root.Resolve(NodePaths.Marker);
                return FileStatus.Read(root.On(target)) is { } there ? RegularFile.Describe(there.Kind) : $"a link to {OutputText.OneLine(target)}, which does not exist";
            }
            catch (AgentException e)
            {
                return $"a link that leads nowhere ({e.Message})";
            }
        }

        return RegularFile.Describe(status.Kind);
    }

    /// <summary>Empty, a word, or another's JSON, is as valid. What begins as an object and is none, or only resembles a manifest, is not.</summary>
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
