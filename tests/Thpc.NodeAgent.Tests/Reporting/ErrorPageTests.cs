using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Reporting;

public sealed class ErrorPageTests
{
    [Fact]
    public void Docs_errors_md_is_what_the_code_says()
    {
        var page = File.ReadAllText(Path.Combine(Agent.Repository, "docs/errors.md"));
        Assert.True(page == ErrorPage.Markdown(), "docs/errors.md is not what the code says: run ./publish.sh and then scripts/docs.sh, and commit it");
    }

    [Fact]
    public void Every_code_is_in_it_once_in_the_list_and_once_by_itself_with_both_languages()
    {
        var lines = ErrorPage.Markdown().Split('\n');
        Assert.All(ErrorCode.All, code =>
        {
            Assert.Single(lines, line => line.StartsWith($"| [`{code.Name}`](#{code.Name}) | ", StringComparison.OrdinalIgnoreCase));
            var heading = Assert.Single(lines, line => line == $"## {code.Name}");
            var own = lines.SkipWhile(line => line != heading).Take(8).ToList();
            Assert.Contains(own, line => line.Replace("\\|", "|", StringComparison.Ordinal).EndsWith($" | {code.Meaning.English} | {code.Meaning.Chinese} |", StringComparison.Ordinal));
            Assert.Contains(own, line => line.Replace("\\|", "|", StringComparison.Ordinal).EndsWith($" | {code.Hint.English} | {code.Hint.Chinese} |", StringComparison.Ordinal));
        });
    }

    [Fact]
    public void A_row_has_as_many_cells_as_its_table()
    {
        foreach (var line in ErrorPage.Markdown().Split('\n').Where(line => line.StartsWith('|')))
        {
            Assert.InRange(line.Replace("\\|", "", StringComparison.Ordinal).Count(c => c == '|'), 4, 5);
        }
    }

    [Fact]
    public void Exit_codes_are_those_that_a_failing_command_ends_with()
    {
        var page = ErrorPage.Markdown();
        Assert.Contains("| [`SCRIPT_TIMEOUT`](#script_timeout) | 124 |", page, StringComparison.Ordinal);
        Assert.Contains("| [`INTERRUPTED`](#interrupted) | 130, 143 |", page, StringComparison.Ordinal);
        Assert.Contains("| [`MOUNT_DENIED`](#mount_denied) | 1 |", page, StringComparison.Ordinal);
    }

    [Fact]
    public void One_code_is_shown_in_the_language_of_who_asks()
    {
        Assert.Equal(
            "BUSY (exit 4)\n  Another run of the agent is in progress and holds this node's lock.\n  → Wait for the other run with "
                + "`thpc-node-agent status --wait`, then try again.\n",
            ErrorPage.Write(ErrorCode.Busy, Language.English));
        Assert.Equal(
            "BUSY (退出码 4)\n  本节点上另一次运行正在进行，并持有锁。\n  → 请用 `thpc-node-agent status --wait` 等待其结束后重试。\n",
            ErrorPage.Write(ErrorCode.Busy, Language.Chinese));
    }
}
