using Thpc.NodeAgent.Cli;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Tests.Documentation;

/// <summary>A file of the repository that is made from the code, as a whole or between two marks.</summary>
/// <param name="Path">Below the repository.</param>
/// <param name="Write">Makes it from its present text.</param>
internal sealed record GeneratedPage(string Path, Func<string, string> Write)
{
    private const string Start = "<!-- generated: keys -->\n";
    private const string End = "<!-- end -->\n";

    public static IReadOnlyList<GeneratedPage> All { get; } =
    [
        new("docs/commands.md", _ => CommandsPage.Write()),
        new("docs/configuration.md", page => Between(page, KeyTable.Write(Language.English))),
        new("docs/errors.md", _ => ErrorPages.Write(Language.English)),
        new("docs/node-agent.schema.json", _ => SchemaPage.Write()),
        new("docs/zh/configuration.md", page => Between(page, KeyTable.Write(Language.Chinese))),
        new("docs/zh/errors.md", _ => ErrorPages.Write(Language.Chinese)),
        new("images/package/completion.bash", _ => CompletionScript.Of("bash")),
        new("images/package/completion.fish", _ => CompletionScript.Of("fish")),
        new("images/package/completion.zsh", _ => CompletionScript.Of("zsh")),
        new("images/package/node-agent.toml", _ => ConfigExample.Write()),
        new("images/package/thpc-node-agent.8", _ => ManPage.Write()),
    ];

    private string File => System.IO.Path.Combine(Repository.Root, Path);

    /// <summary>The text in the repository; empty where there is no such file.</summary>
    public string Read() => System.IO.File.Exists(File) ? System.IO.File.ReadAllText(File) : "";

    public void Save() => System.IO.File.WriteAllText(File, Write(Read()));

    private static string Between(string page, string text)
    {
        var start = page.IndexOf(Start, StringComparison.Ordinal);
        var end = page.IndexOf(End, StringComparison.Ordinal);
        Assert.True(start >= 0 && end > start, $"the page has no line {Start.TrimEnd()} with a line {End.TrimEnd()} below it");
        return $"{page[..(start + Start.Length)]}{text}{page[end..]}";
    }
}
