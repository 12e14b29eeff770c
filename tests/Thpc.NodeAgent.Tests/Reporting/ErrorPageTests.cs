using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Tests.Reporting;

public sealed class ErrorPageTests
{
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
