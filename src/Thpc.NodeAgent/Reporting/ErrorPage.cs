using System.Globalization;
using System.Text;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Reporting;

/// <summary>All error codes for people: as the page docs/errors.md, and as text for a terminal.</summary>
internal static class ErrorPage
{
    private static readonly LocalizedText Exit = new("exit", "退出码");

    /// <summary>The page, byte for byte.</summary>
    public static string Markdown()
    {
        var text = new StringBuilder("""
            # Errors · 错误码

            Written by `scripts/docs.sh` from the code: do not edit it here. On a node `thpc-node-agent errors CODE` says the same.

            本页由 `scripts/docs.sh` 根据代码生成，请勿手动修改。在节点上可用 `thpc-node-agent errors CODE` 查看同样的内容。

            The exit code is that of a command which fails with the error. Commands that check (`doctor`, `health`, `storage verify`, `image check`, `packages check`) exit 5 whatever they found.

            退出码为命令因该错误失败时的退出码。检查类命令（`doctor`、`health`、`storage verify`、`image check`、`packages check`）发现任何问题时退出码均为 5。

            | code · 错误码 | exit · 退出码 | what it means | 含义 |
            |---|---|---|---|

            """);
        foreach (var code in ErrorCode.All)
        {
            // GitHub's anchor of a heading: in lower case, underscores stay.
            text.Append(CultureInfo.InvariantCulture, $"| [`{code.Name}`](#{code.Name.ToLowerInvariant()}) | {ExitWords(code)} | {Cell(code.Meaning.English)} | {Cell(code.Meaning.Chinese)} |\n");
        }

        foreach (var code in ErrorCode.All)
        {
            text.Append(CultureInfo.InvariantCulture, $"""

                ## {code.Name}

                | {Exit.English} · {Exit.Chinese} {ExitWords(code)} | English | 中文 |
                |---|---|---|
                | what it means · 含义 | {Cell(code.Meaning.English)} | {Cell(code.Meaning.Chinese)} |
                | what to do · 处理方法 | {Cell(code.Hint.English)} | {Cell(code.Hint.Chinese)} |

                """);
        }

        return text.ToString();
    }

    /// <summary>One code: its exit code, what it means, what to do.</summary>
    public static string Write(ErrorCode code, Language language) =>
        $"{code.Name} ({Exit.In(language)} {ExitWords(code)})\n  {code.Meaning.In(language)}\n  → {code.Hint.In(language)}\n";

    /// <summary>What a command ends with that fails for it; told to end by a signal, it is one of two.</summary>
    private static string ExitWords(ErrorCode code) =>
        code == ErrorCode.Interrupted ? $"{ExitCode.Interrupted}, {ExitCode.Terminated}" : ExitCode.FromErrorCode(code.Name).ToString(CultureInfo.InvariantCulture);

    /// <summary>In a table a bar ends the cell, in backquotes too.</summary>
    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
