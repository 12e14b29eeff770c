using System.Globalization;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Host.Mounts;

/// <summary>In bytes.</summary>
internal sealed record FileSystemSize(long Total, long Used);

/// <summary>What a mounted file system says when it is asked.</summary>
/// <param name="Size">Null where it does not answer.</param>
/// <param name="Code">Null where it does.</param>
internal sealed record MountResponse(FileSystemSize? Size, ErrorCode? Code, string Words)
{
    /// <summary>No waiting mends it: it must be unmounted and mounted anew.</summary>
    public bool IsGone => Code == ErrorCode.MountStale || Code == ErrorCode.MountDead;

    /// <summary>From what `stat -f` printed.</summary>
    public static MountResponse From(ProgramResult result, TimeSpan limit)
    {
        if (result.TimedOut)
        {
            var words = string.Create(CultureInfo.InvariantCulture, $"no answer within {limit.TotalSeconds:0.#} s");
            return new MountResponse(null, ErrorCode.MountTimeout, words);
        }

        if (result.Succeeded && result.Output.Split(' ', StringSplitOptions.TrimEntries) is { Length: 3 } fields)
        {
            static long Number(string field) => long.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
            var numbers = Array.ConvertAll(fields, Number);
            return new MountResponse(new FileSystemSize(numbers[0] * numbers[1], numbers[0] * (numbers[1] - numbers[2])), null, "");
        }

        bool Says(string text) => result.Output.Contains(text, StringComparison.OrdinalIgnoreCase);
        return new MountResponse(
            null,
            Says("Stale file handle") ? ErrorCode.MountStale
            : Says("Transport endpoint is not connected") ? ErrorCode.MountDead
            : ErrorCode.MountFailed,
            result.LastWords);
    }
}
