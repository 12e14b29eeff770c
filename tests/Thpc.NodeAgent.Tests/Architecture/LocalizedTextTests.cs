using System.Text.RegularExpressions;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Architecture;

/// <summary>What stands in one language stands in the other: the texts of the error codes, and every pair in the source.</summary>
public sealed partial class LocalizedTextTests
{
    private static readonly string Source = Path.Combine(Agent.Repository, "src/Thpc.NodeAgent");

    public static TheoryData<string, string> OfCodes => [.. ErrorCode.All.SelectMany(code => new[] { code.Meaning, code.Hint }).Select(text => (text.English, text.Chinese))];

    public static TheoryData<string, string> OfSource => [.. Files().SelectMany(file => PairPattern().Matches(file.Text)).Select(pair => (pair.Groups[1].Value, pair.Groups[2].Value)).Where(IsBilingual)];

    [Fact]
    public void The_source_has_as_many_as_one_sees_in_it() => Assert.InRange(OfSource.Count, 150, 1000);

    [Theory]
    [MemberData(nameof(OfCodes))]
    [MemberData(nameof(OfSource))]
    public void The_first_is_English_and_the_second_Chinese(string english, string chinese)
    {
        Assert.DoesNotMatch(ChinesePattern(), english);
        Assert.Matches(ChinesePattern(), chinese);
        Assert.Equal(english.TrimEnd('"').EndsWith('.'), chinese.TrimEnd('"').EndsWith('。'));
    }

    [Theory]
    [MemberData(nameof(OfCodes))]
    [MemberData(nameof(OfSource))]
    public void Commands_values_paths_keys_and_figures_are_the_same_in_both(string english, string chinese)
    {
        Assert.Equal(Parts(CommandPattern(), english), Parts(CommandPattern(), chinese));
        Assert.Equal(Parts(ValuePattern(), english), Parts(ValuePattern(), chinese));
        Assert.Equal(Parts(WordPattern(), english).Distinct(), Parts(WordPattern(), chinese).Distinct());
    }

    [Theory]
    [MemberData(nameof(OfCodes))]
    [MemberData(nameof(OfSource))]
    public void Chinese_has_Chinese_punctuation(string english, string chinese)
    {
        _ = english;
        Assert.DoesNotMatch(@"[\u4e00-\u9fff][,;:!?()]|[,;:!?()][\u4e00-\u9fff]", CommandPattern().Replace(ValuePattern().Replace(chinese, ""), ""));
    }

    /// <summary>A text with nobody to read it in English would be one that a door cannot choose.</summary>
    [Fact]
    public void There_is_no_Chinese_without_its_English()
    {
        foreach (var (name, text) in Files().Where(file => file.Name is not ("Reporting/ErrorPage.cs")))
        {
            var paired = PairPattern().Matches(text).Select(pair => pair.Groups[2].Value).ToHashSet();
            Assert.All(TextPattern().Matches(text).Select(match => match.Value).Where(literal => ChinesePattern().IsMatch(literal)), literal => Assert.True(paired.Contains(literal) || paired.Contains("$" + literal), $"{name}: {literal}"));
        }
    }

    private static bool IsBilingual((string English, string Chinese) pair) => pair.English.TrimEnd('"').EndsWith('.') || ChinesePattern().IsMatch(pair.English + pair.Chinese);

    private static IEnumerable<(string Name, string Text)> Files() => Directory.EnumerateFiles(Source, "*.cs", SearchOption.AllDirectories)
        .Select(path => (Path.GetRelativePath(Source, path), File.ReadAllText(path))).Where(file => !file.Item1.StartsWith("obj/", StringComparison.Ordinal) && !file.Item1.StartsWith("bin/", StringComparison.Ordinal));

    private static IEnumerable<string> Parts(Regex pattern, string text) =>
        pattern.Matches(text).Select(match => match.Value.TrimEnd('.').Replace(".Chinese", ".English", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    [GeneratedRegex("""new(?: Bilingual)?\(\s*(\$?"(?:\\.|[^"\\\n])*")\s*,\s*(\$?"(?:\\.|[^"\\\n])*")\s*\)""")]
    private static partial Regex PairPattern();

    [GeneratedRegex("""\$?"(?:\\.|[^"\\\n])*"(?!")""")]
    private static partial Regex TextPattern();

    [GeneratedRegex(@"[\u4e00-\u9fff]")]
    private static partial Regex ChinesePattern();

    [GeneratedRegex("`[^`]*`")]
    private static partial Regex CommandPattern();

    [GeneratedRegex(@"\{[^{}]*\}")]
    private static partial Regex ValuePattern();

    // Options, paths, names with an underscore, names in capitals, figures.
    [GeneratedRegex(@"--[a-z][a-z-]*|(?<![\w/.}])/[\w./-]+|[A-Za-z0-9]+_[A-Za-z0-9_]+|\b[A-Z]{4,}\b|\b\d+\b", RegexOptions.ECMAScript)]
    private static partial Regex WordPattern();
}
