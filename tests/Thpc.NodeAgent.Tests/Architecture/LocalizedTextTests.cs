using System.Reflection;
using System.Text.RegularExpressions;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Tests.Architecture;

/// <summary>Texts in two languages: those of the error codes, of the configuration keys, and of every room's Hints and Messages.</summary>
public sealed partial class LocalizedTextTests
{
    // Where Chinese may stand in the source: the tables of texts, the generator of their pages, and the title of a document.
    private static readonly string[] Tables =
        ["Hints.cs", "Messages.cs", "ErrorCodes.cs", "ConfigKeys.cs", "ConfigSection.cs", "ErrorPage.cs", "InstanceMatcher.cs"];

    public static TheoryData<string, string, string> All =>
        [.. Codes.Concat(Keys).Concat(Hints).Concat(Messages).Select(item => (item.Name, item.Text.English, item.Text.Chinese))];

    public static TheoryData<string, string> AllHints =>
        [.. Hints.Concat(ErrorCode.All.Select(code => (code.Name, Text: code.Hint))).Select(item => (item.Name, item.Text.English))];

    private static IEnumerable<(string Name, LocalizedText Text)> Codes =>
        ErrorCode.All.SelectMany(code => new[] { ($"{code.Name} meaning", code.Meaning), ($"{code.Name} hint", code.Hint) });

    private static IEnumerable<(string Name, LocalizedText Text)> Keys =>
        ConfigKeys.All.Select(key => ($"{key.Section}.{key.Name}", key.Meaning));

    private static IEnumerable<(string Name, LocalizedText Text)> Hints => Of("Hints");

    private static IEnumerable<(string Name, LocalizedText Text)> Messages => Of("Messages");

    private static IEnumerable<(string Name, LocalizedText Text)> Of(string table) =>
        from type in typeof(ErrorCode).Assembly.GetTypes()
        where type.Name == table
        from member in type.GetMembers(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
        let text = Text(member)
        where text is not null
        select ($"{type.FullName}.{member.Name}", text);

    [Fact]
    public void Every_room_with_hints_is_found() =>
        Assert.True(Hints.Select(hint => hint.Name.Split(".Hints.")[0]).Distinct().Count() >= 8);

    [Theory]
    [MemberData(nameof(All))]
    public void Text_is_in_both_languages(string name, string english, string chinese)
    {
        Assert.DoesNotMatch(ChinesePattern(), english);
        Assert.Matches(ChinesePattern(), chinese);
        Assert.True(english.EndsWith('.') == chinese.EndsWith('。'), name);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Commands_paths_keys_and_figures_are_the_same_in_both(string name, string english, string chinese)
    {
        Assert.True(Parts(CommandPattern(), english).SequenceEqual(Parts(CommandPattern(), chinese)), name);
        Assert.Equal(Parts(WordPattern(), english).Distinct(), Parts(WordPattern(), chinese).Distinct());
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Chinese_has_Chinese_punctuation(string name, string english, string chinese)
    {
        _ = (name, english);
        Assert.DoesNotMatch(@"[\u4e00-\u9fff][,;:!?()]|[,;:!?()][\u4e00-\u9fff]", CommandPattern().Replace(chinese, ""));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Chinese_has_no_English_sentence(string name, string english, string chinese)
    {
        _ = (name, english);
        Assert.DoesNotMatch(SentencePattern(), QuotedPattern().Replace(CommandPattern().Replace(chinese, ""), ""));
    }

    [Theory]
    [MemberData(nameof(AllHints))]
    public void Hint_has_25_words_at_most(string name, string english) =>
        Assert.True(english.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length <= 25, $"{name}: {english}");

    [Fact]
    public void Chinese_stands_only_in_the_tables_of_texts()
    {
        var files = RepositoryFiles.Below("src/Thpc.NodeAgent").Where(file => file.EndsWith(".cs", StringComparison.Ordinal));
        foreach (var file in files.Where(file => !Tables.Contains(Path.GetFileName(file))))
        {
            Assert.DoesNotMatch(ChinesePattern(), RepositoryFiles.Read(file));
        }
    }

    /// <summary>The text of a property or field, or of a method with sample arguments; null if the member is something else.</summary>
    private static LocalizedText? Text(MemberInfo member) => member switch
    {
        PropertyInfo property => property.GetValue(null) as LocalizedText,
        FieldInfo { IsPrivate: false } field => field.GetValue(null) as LocalizedText,
        MethodInfo { IsSpecialName: false } method when method.ReturnType == typeof(LocalizedText) =>
            (LocalizedText?)method.Invoke(null, [.. method.GetParameters().Select(Sample)]),
        _ => null,
    };

    private static object Sample(ParameterInfo parameter) => parameter.ParameterType switch
    {
        var type when type == typeof(string) => "sample",
        var type when type == typeof(LocalizedText) => (LocalizedText)"sample",
        var type when type == typeof(int) => 7,
        var type when type == typeof(long) => 7L,
        var type when type == typeof(LocalizedText) => new LocalizedText("sample", "示例"),
        { IsEnum: true } type => Enum.GetValues(type).GetValue(0)!,
        var type when type == typeof(ErrorCode) => ErrorCode.ScriptFailed,
        var type => throw new NotSupportedException($"no sample of {type}"),
    };

    private static IEnumerable<string> Parts(Regex pattern, string text) =>
        pattern.Matches(text).Select(match => match.Value.TrimEnd('.')).Order(StringComparer.Ordinal);

    [GeneratedRegex(@"[\u4e00-\u9fff]")]
    private static partial Regex ChinesePattern();

    [GeneratedRegex("`[^`]*`")]
    private static partial Regex CommandPattern();

    // Three words in a row.
    [GeneratedRegex(@"(?<![\w./-])[a-z]{2,} [a-z]{2,} [a-z]{2,}(?![\w./-])", RegexOptions.ECMAScript)]
    private static partial Regex SentencePattern();

    [GeneratedRegex("\"[^\"]*\"")]
    private static partial Regex QuotedPattern();

    // Options, paths, names with an underscore, names in capitals, figures.
    [GeneratedRegex(@"--[a-z][a-z-]*|(?<![\w/.}])/[\w./-]+|[A-Za-z0-9]+_[A-Za-z0-9_]+|\b[A-Z]{4,}\b|\b\d+\b", RegexOptions.ECMAScript)]
    private static partial Regex WordPattern();
}
