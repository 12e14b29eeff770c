using System.Diagnostics.CodeAnalysis;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Fuzz;

/// <summary>Properties that every parser has for every input.</summary>
internal static class Contract
{
    // Inputs have a few kilobytes.
    private const long MaxAllocated = 64 << 20;

    private const int LongestMessage = 1_000_000;

    /// <summary>Runs a target, and demands that it makes do with so much memory.</summary>
    public static void Bounded(Action<byte[]> target, byte[] input)
    {
        var before = GC.GetTotalAllocatedBytes();
        target(input);
        var allocated = GC.GetTotalAllocatedBytes() - before;
        Holds(allocated < MaxAllocated, $"{input.Length} bytes of input allocate less than {MaxAllocated} bytes, not {allocated}");
    }

    public static void Holds([DoesNotReturnIf(false)] bool condition, string what)
    {
        if (!condition)
        {
            throw new InvalidOperationException($"this does not hold: {what}");
        }
    }

    /// <summary>
    /// It has one of these codes, and a message that can be shown: so many lines, and nothing that moves a terminal's cursor.
    /// </summary>
    public static void IsSentence(Error error, params ReadOnlySpan<ErrorCode> codes)
    {
        Holds(codes.Contains(error.Code), $"{error.Code} is a code that is promised here");
        IsShowable(error.Message);
    }

    public static void IsShowable(string text)
    {
        Holds(text.Length is > 0 and < LongestMessage, $"a message has a length that can be read, not {text.Length}");
        Holds(!text.Any(c => char.IsControl(c) && c != '\n'), "a message has no control characters");
    }

    public static void IsOneLine(string text)
    {
        IsShowable(text);
        Holds(!text.Contains('\n', StringComparison.Ordinal), "a message has one line");
    }
}
