using CsCheck;
using Thpc.NodeAgent.Stages.Mount.Drivers;

namespace Thpc.NodeAgent.Tests.Stages.Mount.Drivers;

public sealed class CfsSourceTests
{
    private static readonly Dictionary<string, IReadOnlyList<string>> Names = new(StringComparer.Ordinal)
    {
        ["mgs.example"] = ["172.30.2.180"],
        ["cfs.example"] = ["172.30.3.90", "172.30.3.91"],
    };

    /// <summary>Each row has spellings of one file system; different rows are different file systems.</summary>
    private static readonly (bool Lustre, string[] Spellings)[] Table =
    [
        (true, ["172.30.2.180@tcp0:/4fe1839b/cfs", "172.30.2.180@tcp:/4fe1839b/cfs", "172.30.2.180:/4fe1839b/cfs/",
            "172.30.2.180@tcp0://4fe1839b//cfs", "mgs.example@tcp:/4fe1839b/cfs", "MGS.example.@tcp0:/4fe1839b/./cfs"]),
        (true, ["172.30.2.180@tcp1:/4fe1839b/cfs"]),
        (true, ["172.30.2.180@tcp10:/4fe1839b/cfs"]),
        (true, ["172.30.2.180@o2ib0:/4fe1839b/cfs", "172.30.2.180@o2ib:/4fe1839b/cfs"]),
        (true, ["172.30.2.180@tcp0:172.30.2.181@tcp0:/4fe1839b/cfs", "172.30.2.181@tcp:172.30.2.180@tcp:/4fe1839b/cfs",
            "172.30.2.180@tcp,172.30.2.181@tcp:/4fe1839b/cfs", "mgs.example:172.30.2.181:/4fe1839b/cfs"]),
        (true, ["172.30.2.180@tcp:/4fe1839b"]),
        (false, ["172.30.3.90:/", "172.30.3.90://", "cfs.example:/"]),
        (false, ["172.30.3.90:/a", "172.30.3.90:/a/", "172.30.3.90:/a//", "172.30.3.90://a", "cfs.example:/a", "CFS.EXAMPLE.:/a"]),
        (false, ["172.30.3.90:/a/b", "172.30.3.90:/a//b"]),
        (false, ["[fe80::1]:/", "[FE80:0:0:0:0:0:0:1]:/"]),
        (false, ["other.example:/b"]),
    ];

    [Fact]
    public void Only_spellings_of_same_file_system_are_equal()
    {
        var all = Table.SelectMany((row, number) => row.Spellings.Select(spelling => (number, row.Lustre, spelling))).ToList();
        foreach (var one in all)
        {
            foreach (var other in all.Where(other => other.Lustre == one.Lustre))
            {
                Assert.Equal(
                    (one.number == other.number, one.spelling, other.spelling),
                    (Same(one.spelling, other.spelling, one.Lustre), one.spelling, other.spelling));
            }
        }
    }

    [Fact]
    public void Unresolved_name_matches_any_address_but_no_other_name()
    {
        static bool Same(string one, string other, bool lustre = false) =>
            CfsSource.Parse(one, lustre).IsSameAs(CfsSource.Parse(other, lustre), _ => []);
        Assert.True(Same("x.example:/a", "x.example:/a"));
        Assert.True(Same("x.example:/a", "172.30.3.90:/a"));
        Assert.True(Same("10.0.0.1@tcp:/fs", "mgs.example:/fs", lustre: true));
        Assert.False(Same("x.example:/a", "y.example:/a"));
        Assert.False(Same("x.example:/a", "172.30.3.90:/b"));
        Assert.Equal(["mgs.example"], CfsSource.Parse("mgs.example@tcp0:10.0.0.1@tcp:/fs", true).Names);
    }

    [Fact]
    public void Every_source_equals_itself() =>
        Gen.Select(Gen.String, Gen.Bool).Sample((text, lustre) => Same(text, text, lustre) && Same($"{text}:/a/", $"{text}://a", lustre));

    private static bool Same(string one, string other, bool lustre) =>
        CfsSource.Parse(one, lustre).IsSameAs(CfsSource.Parse(other, lustre), name => Names.GetValueOrDefault(name) ?? []);
}
