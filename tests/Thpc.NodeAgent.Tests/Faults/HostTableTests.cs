using System.Reflection;
using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Faults;

/// <summary>The table of docs/reliability.md under "The machine fails": it says what the rows here assert, of all of them and of no others.</summary>
public sealed class HostTableTests
{
    [Fact]
    public void The_page_has_every_row_with_its_code_and_every_row_is_tested()
    {
        var page = File.ReadAllText(Path.Combine(Agent.Repository, "docs/reliability.md"));
        var part = page.Split("\n## ").Single(part => part.StartsWith("The machine fails\n", StringComparison.Ordinal));
        var written = part.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal) || line.StartsWith("| 20 times", StringComparison.Ordinal))
            .Select(line => line.Split(" | ")).Select(cells => (Row: cells[0][2..], Code: cells[1].Trim('`')));
        var tested = Assembly.GetExecutingAssembly().GetTypes().Where(type => type.Namespace == typeof(HostTableTests).Namespace && type.Name.StartsWith("Host", StringComparison.Ordinal))
            .SelectMany(type => type.GetMethods()).Where(method => method.GetParameters() is [{ Name: "row" }, { Name: "code" }, ..])
            .SelectMany(method => method.GetCustomAttributes<InlineDataAttribute>()).Select(data => (Row: (string)data.Data[0]!, Code: (string)data.Data[1]!));
        Assert.Equal(
            tested.Select(row => $"{row.Row}: {(row.Code.Length > 0 ? row.Code : "—")}").Order(StringComparer.Ordinal),
            written.Select(row => $"{row.Row}: {row.Code}").Order(StringComparer.Ordinal));
    }
}
