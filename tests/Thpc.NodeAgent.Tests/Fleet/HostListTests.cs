using System.Globalization;
using CsCheck;
using Thpc.NodeAgent.Fleet;

namespace Thpc.NodeAgent.Tests.Fleet;

/// <summary>hostlists.txt has the answers of Slurm's own scontrol; hostlists.py made it.</summary>
public sealed class HostListTests
{
    private static readonly string[] OfSlurm =
        File.ReadAllLines(Path.Combine(Repository.Root, "tests/Thpc.NodeAgent.Tests/Fleet/hostlists.txt"));

    [Fact]
    public void Names_are_folded_as_scontrol_folds_them()
    {
        Assert.InRange(OfSlurm.Length, 200, 1000);
        Assert.Contains("compute-[3,17]", OfSlurm);
        Assert.Contains("compute-[001-128]", OfSlurm);
        Of(OfSlurm).SelectMany(list => Gen.Shuffle(Expand(list).ToArray()), (list, names) => (list, names)).Sample(
            item => Assert.Equal(item.list, HostList.Fold([.. item.names, item.names[0]])),
            iter: 2000);
    }

    [Fact]
    public void Any_names_are_kept() =>
        Gen.Select(Of("n", "c-", "x0", "7", ""), Gen.Int[0, 120], Gen.Int[1, 4], Of("", "", "", "a", " é"))
            .Select((prefix, number, width, end) => $"{prefix}{number.ToString($"D{width}", CultureInfo.InvariantCulture)}{end}")
            .Array[0, 60]
            .Sample(
                names => Assert.Equal(names.Distinct().Order(), Expand(HostList.Fold(names)).Order()),
                iter: 2000);

    [Theory]
    [InlineData("ins-3nz9d1ab", "ins-3nz9d1ab")]
    [InlineData("n[1-3]", "n[1-3]")]
    [InlineData("<b>1", "<b>1")]
    [InlineData("n1234567890123456789", "n1234567890123456789")]
    public void Name_that_cannot_be_folded_stays(string name, string folded) => Assert.Equal(folded, HostList.Fold([name]));

    private static Gen<string> Of(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    private static IEnumerable<string> Expand(string list)
    {
        for (var rest = list; rest.Length > 0;)
        {
            var bracket = rest.IndexOf('[', StringComparison.Ordinal);
            var comma = rest.IndexOf(',', StringComparison.Ordinal);
            if (bracket < 0 || (comma >= 0 && comma < bracket))
            {
                yield return comma < 0 ? rest : rest[..comma];
                rest = comma < 0 ? "" : rest[(comma + 1)..];
                continue;
            }

            var close = rest.IndexOf(']', StringComparison.Ordinal);
            foreach (var range in rest[(bracket + 1)..close].Split(','))
            {
                var ends = range.Split('-');
                for (var i = int.Parse(ends[0], CultureInfo.InvariantCulture); i <= int.Parse(ends[^1], CultureInfo.InvariantCulture); i++)
                {
                    yield return rest[..bracket] + i.ToString($"D{ends[0].Length}", CultureInfo.InvariantCulture);
                }
            }

            rest = rest[(close + 1)..].TrimStart(',');
        }
    }
}
