using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Tests.Host.Processes;

public sealed class ProcessTableTests
{
    private const string Rest = " S 7 8 9 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 12 13";

    [Theory]
    [InlineData("42 (sleep)" + Rest)]
    [InlineData("42 (a b) R (c)" + Rest)]
    [InlineData("42 ())" + Rest + "\n")]
    public void Name_may_contain_spaces_and_parentheses(string stat) =>
        Assert.Equal(new ProcessEntry(42, 7, 8, 9, 'S', 4711), ProcessTable.Parse(stat));

    [Theory]
    [InlineData("")]
    [InlineData("42")]
    [InlineData("(x) S 1")]
    [InlineData("42 (x) S 1 2 3")]
    [InlineData(") 42 (")]
    public void Invalid_line_is_null(string stat) => Assert.Null(ProcessTable.Parse(stat));

    [Fact]
    public void Table_contains_this_process() =>
        Assert.Contains(ProcessTable.Read(), entry => entry.Id == Environment.ProcessId && entry.State is 'R' or 'S');

    [Fact]
    public void Descendants_exclude_foreign_trees()
    {
        ProcessEntry[] all = [Entry(1, 0), Entry(10, 1), Entry(11, 10), Entry(12, 11), Entry(13, 10), Entry(14, 13), Entry(20, 1)];
        Assert.Equal([11, 12, 13, 14], ProcessTable.Descendants(all, 10, _ => false).Select(entry => entry.Id).Order());
        Assert.Equal([11, 12], ProcessTable.Descendants(all, 10, entry => entry.Id == 13).Select(entry => entry.Id).Order());
    }

    [Fact]
    public void Descendants_come_in_depth_first_order()
    {
        ProcessEntry[] all = [Entry(10, 1), Entry(13, 10), Entry(11, 10), Entry(14, 13), Entry(12, 11)];
        Assert.Equal([13, 14, 11, 12], ProcessTable.Descendants(all, 10, _ => false).Select(entry => entry.Id));
    }

    private static ProcessEntry Entry(int id, int parent) => new(id, parent, id, id, 'S', 1);
}
