using System.Reflection;
using System.Text.RegularExpressions;
using CsCheck;

namespace Thpc.NodeAgent.Tests.Architecture;

/// <summary>Every pattern of the agent takes a time that grows with the length of its input and no faster.</summary>
public sealed class RegexTests
{
    private const int Length = 256 << 10;

    // A linear pattern takes some milliseconds, a quadratic one minutes.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private static readonly string[] CommonPieces = [" ", "\t", "\n", "a", "A", "1", "0a", "1 ", "a ", "-1", "a.", "a,", "x=", "_"];

    public static TheoryData<string> Patterns => [.. Methods().Select(Name)];

    [Theory]
    [MemberData(nameof(Patterns))]
    public void Pattern_takes_linear_time(string name)
    {
        var pattern = (Regex)Methods().Single(method => Name(method) == name).Invoke(null, null)!;
        var limited = new Regex(pattern.ToString(), pattern.Options & ~RegexOptions.Compiled, Limit);

        // Literals of the pattern itself lead into it.
        string[] pieces =
        [
            .. CommonPieces,
            .. Regex.Matches(pattern.ToString(), @"[A-Za-z_]{2,}|[^A-Za-z0-9\\]").Select(match => match.Value).Distinct(),
        ];
        foreach (var piece in pieces)
        {
            Match(limited, "", piece, "\0");
            Match(limited, "1", piece, "x");
        }

        var some = Gen.Int[0, pieces.Length - 1].Select(i => pieces[i]);
        Gen.Select(some.Array[0, 3], some.Array[1, 2], some).Sample(
            (before, repeated, after) => Match(limited, string.Concat(before), string.Concat(repeated), after), iter: 60, threads: 1);
    }

    [Fact]
    public void Quadratic_pattern_is_found() =>
        Assert.Throws<RegexMatchTimeoutException>(
            () => Match(new Regex(@"^1[ \t]+(\z|[ \t]*[0-9])", RegexOptions.None, TimeSpan.FromSeconds(1)), "1", " ", "x"));

    private static void Match(Regex pattern, string before, string piece, string after) =>
        pattern.Match(before + string.Concat(Enumerable.Repeat(piece, Length / piece.Length)) + after);

    private static string Name(MethodInfo method) => $"{method.DeclaringType!.Name}.{method.Name}";

    private static IEnumerable<MethodInfo> Methods() =>
        typeof(AgentVersion).Assembly.GetTypes()
            .SelectMany(
                type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(method => method.GetCustomAttribute<GeneratedRegexAttribute>() is not null);
}
