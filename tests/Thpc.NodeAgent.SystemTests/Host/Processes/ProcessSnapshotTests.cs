using System.Diagnostics;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Host.Processes;

public sealed class ProcessSnapshotTests
{
    [Fact]
    public async Task Process_blocked_on_a_FIFO_shows_its_path()
    {
        Needs.RootUser();
        using var node = new TemporaryNode();
        var fifo = node.MakeFifo("fifo");
        using var cat = Process.Start("cat", [fifo]);
        try
        {
            using var timer = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            timer.CancelAfter(TimeSpan.FromMinutes(1));
            ProcessSnapshot snapshot;
            do
            {
                snapshot = await ProcessSnapshot.AtAsync(
                    ProcessTable.Read().Single(entry => entry.Id == cat.Id), TimeSpan.FromSeconds(10), timer.Token);
            }
            while (snapshot.Subjects.Count == 0 || snapshot.Subjects[0] != fifo || snapshot.WaitChannel is null);

            Assert.Equal($"cat {fifo}", snapshot.Command);
            Assert.Equal("fifo_open", snapshot.WaitChannel?.Replace("wait_for_partner", "fifo_open", StringComparison.Ordinal));
        }
        finally
        {
            cat.Kill();
        }
    }
}
