using System.CommandLine;
using System.Text.RegularExpressions;
using Thpc.NodeAgent.Cli;

namespace Thpc.NodeAgent.Tests.Cli;

/// <summary>The help is short and plain, for every command and option of the model.</summary>
public sealed partial class HelpTests
{
    public static TheoryData<string> Commands => [.. All(AgentCommand.Create(), "").Select(item => item.Name)];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Summary_is_one_plain_sentence_of_60_characters_at_most(string name)
    {
        var summary = AgentCommand.SummaryOf(Find(name));
        Assert.InRange(summary.Length, 1, 60);
        Assert.Matches("^[A-Z][^.?!\n]*(?:\\.tar\\.gz[^.?!\n]*)?\\.$", summary);
        Assert.DoesNotMatch(RiddlePattern(), summary);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Details_have_plain_sentences_of_40_words_at_most(string name)
    {
        var description = Find(name).Description!.Split("\n\nExample:")[0];
        Assert.DoesNotMatch(RiddlePattern(), description);
        Assert.All(SentenceEndPattern().Split(description), sentence => Assert.InRange(Words(sentence), 1, 40));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Option_and_argument_have_20_words_at_most(string name)
    {
        var command = Find(name);
        IEnumerable<Symbol> symbols = [.. command.Options, .. command.Arguments, .. AgentCommand.Create().Options];
        Assert.All(symbols, symbol =>
        {
            Assert.InRange(Words(symbol.Description!), 1, 20);
            Assert.DoesNotMatch(RiddlePattern(), symbol.Description!);
        });
        Assert.All(command.Options.Where(option => option.ValueType != typeof(bool)), option => Assert.NotNull(option.HelpName));
    }

    [Theory]
    [InlineData("Whatever is dead: it ends.")]
    [InlineData("Of many nodes the last runs.")]
    [InlineData("The bundle goes to support.")]
    public void Riddle_is_found(string text) => Assert.Matches(RiddlePattern(), text);

    private static Command Find(string name) => All(AgentCommand.Create(), "").Single(item => item.Name == name).Command;

    private static int Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;

    private static IEnumerable<(string Name, Command Command)> All(Command command, string above) => command.Subcommands.SelectMany(child =>
        All(child, $"{above}{child.Name} ").Prepend(($"{above}{child.Name}", child)));

    // Forms that hide the subject or give a program feelings.
    [GeneratedRegex(@"\b(?:whatever|whoever|nobody|anew|told|goes|says?)\b|^(?:Of|What|Who|Whether)\b", RegexOptions.IgnoreCase)]
    private static partial Regex RiddlePattern();

    [GeneratedRegex(@"(?<=\.)\s+(?=[A-Z])")]
    private static partial Regex SentenceEndPattern();
}
