using System.Globalization;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Host.Mounts;

/// <summary>The size of a file system in bytes.</summary>
internal sealed record FileSystemSize(long Total, long Used);

/// <summary>The result of probing a mounted file system.</summary>
/// <param name="Size">Null if it did not answer.</param>
/// <param name="Code">Null if it answered.</param>
/// <param name="Problem">Why it did not answer; else empty.</param>
internal sealed record MountResponse(FileSystemSize? Size, ErrorCode? Code, LocalizedText Problem)
{
    /// <summary>Whether it must be unmounted and mounted again; waiting does not help.</summary>
    public bool IsGone => Code == ErrorCode.MountStale || Code == ErrorCode.MountDead;

    /// <summary>Evaluates the result of `stat -f`.</summary>
    public static MountResponse From(ProgramResult result, TimeSpan limit)
    {
        if (result.TimedOut)
        {
            return new MountResponse(
                null, ErrorCode.MountTimeout, Messages.NoAnswerWithin(limit.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture)));
        }

        if (result.Succeeded && Answered(result.Output) is { } answer)
        {
            return answer;
        }

        bool Contains(string text) => result.Output.Contains(text, StringComparison.OrdinalIgnoreCase);
        return new MountResponse(
            null,
            Contains("Stale file handle") ? ErrorCode.MountStale
            : Contains("Transport endpoint is not connected") ? ErrorCode.MountDead
            : ErrorCode.MountFailed,
            result.LastOutput);
    }

    /// <summary>Evaluates the result of `stat -f` for several file systems.</summary>
    /// <returns>Null unless all of them answered.</returns>
    public static IReadOnlyList<MountResponse>? FromAll(ProgramResult result, int count)
    {
        var lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        List<MountResponse> answers = result.Succeeded ? [.. lines.Select(Answered).OfType<MountResponse>()] : [];
        return answers.Count == count && lines.Length == count ? answers : null;
    }

    /// <returns>Null where the line is not "SIZE BLOCKS FREE".</returns>
    private static MountResponse? Answered(string line)
    {
        static long Number(string field) =>
            long.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        return line.Split(' ', StringSplitOptions.TrimEntries) is { Length: 3 } fields && Array.ConvertAll(fields, Number) is var numbers
            ? new MountResponse(new FileSystemSize(numbers[0] * numbers[1], numbers[0] * (numbers[1] - numbers[2])), null, "")
            : null;
    }
}
