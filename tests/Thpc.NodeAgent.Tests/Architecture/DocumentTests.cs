using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Architecture;

/// <summary>The pages for users: their sizes, and whether what they say is so.</summary>
public sealed class DocumentTests
{
    [Fact]
    public void Every_error_code_is_listed_once() =>
        Assert.Equal(
            typeof(ErrorCode).GetFields().Where(field => field.IsStatic && field.FieldType == typeof(ErrorCode))
                .Select(field => ((ErrorCode)field.GetValue(null)!).Name).Order(StringComparer.Ordinal),
            ErrorCode.All.Select(code => code.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void The_page_of_errors_has_every_code()
    {
        var page = File.ReadAllText(Path.Combine(Agent.Repository, "docs/errors.md"));
        Assert.All(ErrorCode.All, code => Assert.Contains($"\n## {code.Name}\n", page, StringComparison.Ordinal));
    }
}
