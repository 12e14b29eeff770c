using System.Reflection;

namespace Thpc.NodeAgent.SystemTests.Faults;

/// <summary>"Machine faults" in docs/development/reliability.md lists exactly the rows that are tested here, each with its code.</summary>
public sealed class HostTableTests
{
    [Fact]
    public void The_page_has_every_row_with_its_code_and_every_row_is_tested()
    {
        var tested = Assembly.GetExecutingAssembly().GetTypes()
            .Where(type => type.Namespace == typeof(HostTableTests).Namespace && type.Name.StartsWith("Host", StringComparison.Ordinal))
            .SelectMany(type => type.GetMethods()).Where(method => method.GetParameters() is [{ Name: "row" }, { Name: "code" }, ..])
            .SelectMany(method => method.GetCustomAttributes<InlineDataAttribute>())
            .Select(data => (Row: (string)data.Data[0]!, Code: (string)data.Data[1]!));
        Assert.Equal(
            tested.Select(row => $"{row.Row}: {(row.Code.Length > 0 ? row.Code : "—")}").Order(StringComparer.Ordinal),
            ReliabilityPage.Rows("Machine faults").Select(cells => $"{cells[0]}: {cells[1].Trim('`')}").Order(StringComparer.Ordinal));
    }
}
