using CsCheck;
using Thpc.NodeAgent.Host.Files;

namespace Thpc.NodeAgent.Tests.Host.Files;

public sealed class FleetReportFileTests
{
    [Fact]
    public void File_names_are_safe_and_unique() =>
        Gen.String.Array[2].Sample(names =>
        {
            var files = names.Select(FleetReportFile.FileName).ToList();
            Assert.All(files, file => Assert.Matches(@"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,220}\.json\z", file));
            Assert.Equal(names[0] == names[1], files[0] == files[1]);
        });

    [Theory]
    [InlineData("ins-8hje8h12", "ins-8hje8h12.json")]
    [InlineData("i_1.a", "i_1.a.json")]
    public void Safe_name_is_kept(string node, string file) => Assert.Equal(file, FleetReportFile.FileName(node));
}
