using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Thpc.NodeAgent.Stages.Mount.Fstab;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Tests.Stages.Mount.Fstab;

/// <summary>Compares the agent's fstab parser with that of util-linux, which `mount` uses.</summary>
public sealed partial class FstabOracleTests
{
    [Fact]
    public void Tables_are_parsed_like_libmount()
    {
        Needs.Program("findmnt");
        FstabTexts.Tables.Array[20, 20].Select(tables => string.Join('\n', tables)).Sample(Compare, iter: 100, threads: 2);
    }

    [Theory]
    [InlineData("a b\n")]
    [InlineData("a /b c\n")]
    [InlineData("a /b c d e\n")]
    [InlineData("a /b c d # comment\n")]
    [InlineData("a /b c d 0 # comment\n")]
    [InlineData("a /b c d 0 0 # comment\n")]
    [InlineData("a /b c d 1x 0\n")]
    [InlineData("a /b c d -1 +2\n")]
    [InlineData("a /b c d\r\n")]
    [InlineData("a /b c d \r\n")]
    [InlineData("a /b c d\r")]
    [InlineData("a /b c d 0 0\r\r\n")]
    [InlineData("a /b c d\0\n")]
    [InlineData("a /b c d\0 5 6")]
    [InlineData("\0a /b c d\nx /y z d\n")]
    [InlineData("\fa /b c d\n")]
    [InlineData("a\v/b c d\n")]
    [InlineData("none swap swap sw\n/dev/x none swap sw 0 0\n")]
    [InlineData("\"a\" \"/b\" c d\n")]
    [InlineData("UUID=\"x y\" /b c d\n")]
    [InlineData("UUID=\"x\" /b c d\n")]
    [InlineData("a /b\\040c\\011d\\012e\\134f c d\n")]
    [InlineData("a /b\\400c\\000d c d\n")]
    [InlineData("a /b\\888 c\\ d\n")]
    [InlineData("a /b c ,\n")]
    [InlineData("a /b c =x\n")]
    [InlineData("a /b c x,=y\n")]
    [InlineData("a /b c x,,y,\n")]
    [InlineData("a /b c \"x,=y\"\n")]
    [InlineData("a /b c x=\"y,=z\",w\n")]
    [InlineData("a /b c x\\054=y\n")]
    [InlineData("a /b c \\075x\n")]
    [InlineData("a /b c \\,=x\n")]
    [InlineData("1 2 3:4 / /x rw - ext4 x rw\n")]
    [InlineData("\\000 /b c d\n")]
    [InlineData("a \\000 c d\n")]
    [InlineData("a /b \\000 d\n")]
    public void Unusual_lines_are_parsed_like_libmount(string table)
    {
        Needs.Program("findmnt");
        Compare(table);
    }

    [Fact]
    public void Written_lines_pass_libmounts_check()
    {
        Needs.Program("findmnt");
        Gen.Select(FstabTexts.Entries.Array[1, 5], Gen.Const("# a table\n")).Sample(
            (entries, text) =>
            {
                var table = entries.Aggregate(FstabDocument.Parse(text), (fstab, entry) => fstab.With(entry)).Text;
                var (output, errors) = FindMnt(table, "--verify");
                Assert.Matches("\n0 parse errors|Success, no errors or warnings", output + errors);
                Compare(table);
            },
            iter: 25);
    }

    private static void Compare(string table)
    {
        var (output, errors) = FindMnt(table, "--raw", "--noheadings", "--output", "SOURCE,TARGET,FSTYPE,OPTIONS");
        var theirs = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Unescaped).ToList();
        var ours = FstabDocument.Parse(table).Lines.Where(line => line.Entry is not null)
            .Select(line =>
                string.Join(
                    '|', ((string[])[line.Entry!.Source, line.Entry.MountPoint, line.Entry.Type, line.Entry.Options]).Select(
                        OctalEscape.ToBytes))).ToList();
        var same = ours.Zip(theirs).TakeWhile(pair => pair.First == pair.Second).Count();
        Assert.True(
            same == ours.Count && same == theirs.Count,
            $"entry {same + 1}: ours {ours.ElementAtOrDefault(same)}, libmount's {theirs.ElementAtOrDefault(same)}\n{errors}{table}");
    }

    // --raw separates by one space and writes odd bytes as \xNN; --json cannot hold bytes that are not UTF-8.
    private static string Unescaped(string line) =>
        string.Join(
            '|', line.Split(' ')
                .Select(field => HexPattern().Replace(field, match => ((char)Convert.ToByte(match.Groups[1].Value, 16)).ToString())));

    private static (string Output, string Errors) FindMnt(string table, params string[] arguments)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, FstabTexts.ToBytes(table));
            var start = new ProcessStartInfo("findmnt", ["--fstab", "--tab-file", file, .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardOutputEncoding = Encoding.Latin1,
                StandardErrorEncoding = Encoding.Latin1,
                Environment = { ["LC_ALL"] = "C" },
            };
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            return (output, errors.GetAwaiter().GetResult());
        }
        finally
        {
            File.Delete(file);
        }
    }

    [GeneratedRegex(@"\\x([0-9a-fA-F]{2})")]
    private static partial Regex HexPattern();
}
