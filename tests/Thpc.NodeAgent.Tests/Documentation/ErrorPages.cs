using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Tests.Documentation;

/// <summary>docs/errors.md and docs/zh/errors.md from the table of error codes.</summary>
internal static class ErrorPages
{
    private const string English = """
        # Errors

        `scripts/docs.sh` generates this page from the code; do not edit it. On a node, `thpc-node-agent errors CODE` prints the same.

        The exit code is that of a command that fails with this error. Commands that check something exit with 5 for any problem:
        `doctor`, `health`, `fleet`, `storage verify`, `image check`, `packages check`.

        | code | exit | meaning |
        |---|---|---|

        """;

    private const string Chinese = """
        # 错误码

        本页由 `scripts/docs.sh` 根据代码生成，请勿手动修改。在节点上可用 `thpc-node-agent errors CODE` 查看同样的内容。

        退出码指命令因该错误失败时的退出码。检查类命令发现任何问题时退出码均为 5：
        `doctor`、`health`、`fleet`、`storage verify`、`image check`、`packages check`。

        | 错误码 | 退出码 | 含义 |
        |---|---|---|

        """;

    public static string Write(Language language)
    {
        var (exit, action) = language == Language.Chinese ? ("退出码：", "处理方法：") : ("Exit code: ", "What to do: ");
        var text = new StringBuilder(language == Language.Chinese ? Chinese : English);
        foreach (var code in ErrorCode.All)
        {
            var meaning = code.Meaning.In(language).Replace("|", "\\|", StringComparison.Ordinal);
            text.Add($"| [{code.Name}] | {ErrorPage.ExitCodes(code)} | {meaning} |\n");
        }

        foreach (var code in ErrorCode.All)
        {
            text.Add($"\n## {code.Name}\n\n{Wrapped.Paragraph(code.Meaning.In(language))}");
            text.Add($"\n{Wrapped.Paragraph($"{action}{code.Hint.In(language)}")}\n{exit}{ErrorPage.ExitCodes(code)}\n");
        }

        text.Append('\n');
        foreach (var code in ErrorCode.All)
        {
            text.Add($"[{code.Name}]: #{MarkdownPages.Anchor(code.Name)}\n");
        }

        return text.ToString();
    }
}
