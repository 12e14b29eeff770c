using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;
using System.Text;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cli;

/// <summary>
/// The help of a command, as wide as the terminal. The one of System.CommandLine asks .NET for the width, which sends escape sequences
/// to the terminal.
/// </summary>
internal sealed class HelpText
{
    private const string Example = "Example:\n";
    private const int MinColumns = 20;

    // Longer lines are hard to read.
    private const int MaxColumns = 100;

    // Below this width a description begins below its option.
    private const int MinTwoColumns = 60;

    private readonly StringBuilder _text = new();
    private readonly int _columns;

    private HelpText(int columns) => _columns = Math.Clamp(columns, MinColumns, MaxColumns);

    /// <param name="root">The command whose options every command has.</param>
    /// <param name="path">The commands from the root to the one to explain.</param>
    public static string Write(RootCommand root, IReadOnlyList<Command> path, int columns)
    {
        var help = new HelpText(columns);
        var name = AgentCommand.NameOf(path);
        if (path.Count == 1)
        {
            help.WriteRoot(root, name);
        }
        else
        {
            help.WriteCommand(root, path[^1], name);
        }

        return help._text.ToString();
    }

    /// <summary>The description of an option with its default, or that it is required.</summary>
    public static string Describe(Option option) =>
        option.Description + (option.Required ? " (required)" : DefaultOf(option) is { } value ? $" (default: {value})" : "");

    /// <summary>The names of an option, the long one last, and its value: "-h, --help".</summary>
    public static string Head(Option option)
    {
        var names = option.Aliases.Where(alias => alias.StartsWith('-') && alias != "-?").Order(StringComparer.Ordinal).Append(option.Name);
        return string.Join(", ", names) + (option.HelpName is { } value && option.ValueType != typeof(bool) ? $" {value}" : "");
    }

    /// <summary>The arguments of a command: "NODE [DIR]".</summary>
    public static string Arguments(Command command) => string.Join(' ', command.Arguments.Select(argument =>
        argument.Arity.MinimumNumberOfValues > 0 ? argument.Name
        : argument.Arity.MaximumNumberOfValues > 1 ? $"[{argument.Name}...]"
        : $"[{argument.Name}]"));

    /// <summary>The paragraphs of a description: what a command does, without its examples.</summary>
    public static IEnumerable<string> Paragraphs(Command command) =>
        Parts(command).Where(part => !part.StartsWith(Example, StringComparison.Ordinal));

    /// <summary>The command lines that a description shows.</summary>
    public static IEnumerable<string> Examples(Command command) =>
        Parts(command).Where(part => part.StartsWith(Example, StringComparison.Ordinal))
            .SelectMany(part => part[Example.Length..].Split('\n', StringSplitOptions.TrimEntries));

    /// <summary>Breaks text between words; a word that is longer than a line stays whole.</summary>
    public static IReadOnlyList<string> Wrap(IEnumerable<string> words, int columns)
    {
        List<string> lines = [];
        foreach (var word in words)
        {
            if (lines.Count > 0 && TerminalText.Columns(lines[^1]) + 1 + TerminalText.Columns(word) <= columns)
            {
                lines[^1] += $" {word}";
            }
            else
            {
                lines.Add(word);
            }
        }

        return lines;
    }

    private void WriteRoot(RootCommand root, string name)
    {
        Paragraph(AgentCommand.SummaryOf(root));
        Heading("Usage");
        Lines($"{name} COMMAND [OPTIONS]", 2);
        var width = root.Subcommands.Max(command => command.Name.Length);
        foreach (var group in AgentCommand.GroupsOf(root))
        {
            Table(group.Title, group.Commands.Select(command => new Row(command.Name.PadRight(width), AgentCommand.SummaryOf(command))));
        }

        Table("Options", root.Options.Where(option => option is HelpOption or VersionOption).Select(From));
        _text.Append('\n');
        Paragraph($"`{name} help COMMAND` explains a command, its options and the options of every command, with an example.");
    }

    private void WriteCommand(RootCommand root, Command command, string name)
    {
        var separator = "";
        foreach (var paragraph in Paragraphs(command))
        {
            _text.Append(separator);
            Paragraph(paragraph);
            separator = "\n";
        }

        Heading("Usage");
        if (command.Action is not null)
        {
            Lines($"{name}{(command.Arguments.Count > 0 ? " " : "")}{Arguments(command)} [OPTIONS]", 2);
        }

        if (command.Subcommands.Count > 0)
        {
            Lines($"{name} COMMAND [OPTIONS]", 2);
        }

        Table("Commands", command.Subcommands.Select(child => new Row(child.Name, AgentCommand.SummaryOf(child))));
        Table("Arguments", command.Arguments.Select(argument => new Row(argument.Name, argument.Description ?? "")));
        Table("Options", command.Options.Select(From));
        Table("Global options", root.Options.Where(option => option.Recursive).Select(From));
        List<string> examples = [.. Examples(command)];
        if (examples.Count > 0)
        {
            Heading(examples.Count > 1 ? "Examples" : "Example");
            examples.ForEach(Command);
        }
    }

    private void Paragraph(string text) => Lines(text, 0);

    private void Heading(string title) => _text.Append(CultureInfo.InvariantCulture, $"\n{title}:\n");

    private void Lines(string text, int indent)
    {
        foreach (var line in Wrap(text.Split(' '), _columns - indent))
        {
            _text.Append(' ', indent).Append(line).Append('\n');
        }
    }

    /// <summary>A command line that can be pasted: broken lines end with a backslash; an option stays with its value.</summary>
    private void Command(string line)
    {
        const string Continued = " \\";
        var separator = "  ";
        foreach (var part in Wrap(Words(line), _columns - 6 - Continued.Length))
        {
            _text.Append(separator).Append(part);
            separator = $"{Continued}\n      ";
        }

        _text.Append('\n');
    }

    private static List<string> Words(string line)
    {
        List<string> words = [];
        foreach (var piece in line.Split(' '))
        {
            var isQuoted = words.Count > 0 && words[^1].Count(letter => letter == '"') % 2 == 1;
            var isValue = words.Count > 0 && words[^1].StartsWith("--", StringComparison.Ordinal) && !words[^1].Contains(' ')
                && !piece.StartsWith('-');
            if (isQuoted || isValue)
            {
                words[^1] += $" {piece}";
            }
            else
            {
                words.Add(piece);
            }
        }

        return words;
    }

    private void Table(string title, IEnumerable<Row> given)
    {
        List<Row> rows = [.. given];
        if (rows.Count == 0)
        {
            return;
        }

        Heading(title);
        var longest = rows.Max(row => row.Head.Length);
        var limit = _columns * 2 / 5;
        var width = longest <= limit ? longest : rows.Max(row => row.Head.Length <= limit ? row.Head.Length : 0);
        var indent = _columns < MinTwoColumns ? 6 : Math.Max(width, 4) + 4;
        foreach (var row in rows)
        {
            var lines = Wrap(row.Text.Split(' '), _columns - indent);
            if (_columns < MinTwoColumns || row.Head.Length > width)
            {
                Lines(row.Head.TrimEnd(), 2);
            }
            else
            {
                _text.Append("  ").Append(row.Head.PadRight(indent - 2)).Append(lines[0]).Append('\n');
                lines = [.. lines.Skip(1)];
            }

            foreach (var line in lines)
            {
                _text.Append(' ', indent).Append(line).Append('\n');
            }
        }
    }

    private static Row From(Option option) => new(Head(option), Describe(option));

    private static string[] Parts(Command command) => command.Description?.Split("\n\n") ?? [];

    private static string? DefaultOf(Option option) =>
        option.HasDefaultValue && option.ValueType is { IsEnum: false, IsArray: false } type && type != typeof(bool)
            ? option.GetDefaultValue()?.ToString()
            : null;

    private sealed record Row(string Head, string Text);
}
