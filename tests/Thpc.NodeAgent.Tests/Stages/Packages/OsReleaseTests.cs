using CsCheck;
using Thpc.NodeAgent.Stages.Packages;

namespace Thpc.NodeAgent.Tests.Stages.Packages;

public sealed class OsReleaseTests
{
    [Theory]
    [InlineData("ID=debian\nVERSION_ID=\"12\"\n", "debian", "", "12", 12)]
    [InlineData("ID=\"tencentos\"\nID_LIKE=\"rhel fedora centos tlinux\"\nVERSION_ID=\"2.4\"\n", "tencentos", "rhel fedora centos tlinux",
        "2.4", 2)]
    [InlineData("NAME='x'\n  ID='centos' \nVERSION_ID='7'", "centos", "", "7", 7)]
    [InlineData("ID=TencentOS\nVERSION_ID=3.1", "tencentos", "", "3.1", 3)]
    [InlineData("# ID=no\nID=first\nID=arch\nVERSION_ID=", "arch", "", null, null)]
    [InlineData("", "linux", "", null, null)]
    [InlineData("ID\n=x\nID=\"a\\\"b\\\\c\\$d\\e\"", "a\"b\\c$d\\e", "", null, null)]
    [InlineData("ID='a\\b'", "a\\b", "", null, null)]
    [InlineData("ID=\"unclosed", "unclosed", "", null, null)]
    [InlineData("VERSION_ID=rolling\nID=void\r\n", "void", "", "rolling", null)]
    public void Values_are_unquoted_as_in_a_shell(string text, string id, string like, string? version, int? major)
    {
        var system = OsRelease.Parse(text);

        Assert.Equal((id, like, version, major), (system.Id, string.Join(' ', system.IdLike), system.VersionId, system.Major));
    }

    [Fact]
    public void Any_text_has_an_id_in_lower_case() =>
        Gen.OneOf(Gen.String, Gen.String.Select(text => $"ID={text}\nID_LIKE={text}")).Sample(text =>
        {
            var system = OsRelease.Parse(text);
            return system.Id.Length > 0 && !system.IdLike.Append(system.Id).SelectMany(name => name).Any(char.IsAsciiLetterUpper);
        });

    [Fact]
    public void Quoted_value_round_trips() => Gen.String[Gen.Char[' ', '~'], 1, 30].Where(value => value.Trim().Length > 0).Sample(value =>
    {
        var quoted = value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("$", "\\$", StringComparison.Ordinal).Replace("`", "\\`", StringComparison.Ordinal);
        return OsRelease.Parse($"VERSION_ID=\"{quoted}\"").VersionId == value;
    });
}
