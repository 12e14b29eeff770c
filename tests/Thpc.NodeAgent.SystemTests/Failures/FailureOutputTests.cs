using System.Text.RegularExpressions;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.SystemTests.Failures;

/// <summary>
/// What a person reads on a node that failed: the output of bootstrap, status and doctor on a terminal of 80 columns, in both languages.
/// THPC_WRITE_EXPECTED=1 rewrites the files in `expected`; read the difference before it is committed.
/// </summary>
public sealed partial class FailureOutputTests(FailedMachines machines) : IClassFixture<FailedMachines>
{
    private const int Columns = 80;

    /// <summary>Case, the code on the first line, and whether bootstrap fails.</summary>
    internal static readonly (string Name, ErrorCode Code, bool Fails)[] Cases =
    [
        ("server-refused", ErrorCode.MountUnreachable, true),
        ("script-failed", ErrorCode.ScriptFailed, true),
        ("script-timed-out", ErrorCode.ScriptTimeout, true),
        ("wrong-key", ErrorCode.CosForbidden, true),
        ("no-key", ErrorCode.CosCredentials, true),
        ("dns-dead", ErrorCode.CosUnreachable, true),
        ("configuration", ErrorCode.ConfigInvalid, true),
        ("package-lock", ErrorCode.PackagesFailed, true),
        ("repository-404", ErrorCode.PackagesFailed, true),
        ("disk-full", ErrorCode.NoSpace, true),
        ("foreign-fstab-line", ErrorCode.MountConflict, true),

        // The mount itself succeeds, and doctor finds what the next boot will do.
        ("broken-fstab-line", ErrorCode.MountConflict, false),
    ];

    public static TheoryData<string, string> Rows =>
        [.. from failure in Cases from language in LanguageChoice.Names select (failure.Name, language)];

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Output_is_as_expected(string name, string language)
    {
        var printed = await machines.OutputOf(name, language);
        var text = string.Concat(printed.Select(command => $"$ thpc-node-agent {command.Key}\n{Normalize(command.Value)}\n"));
        var file = Path.Combine(FailedMachines.Folder, "expected", $"{name}.{language}.txt");
        if (Environment.GetEnvironmentVariable("THPC_WRITE_EXPECTED") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);
        }

        // A figure with more digits may break a line at another place.
        Assert.Equal(Squeeze(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)), Squeeze(text));
    }

    /// <summary>The first sentence has the code and the cause, the second the remedy.</summary>
    [Theory]
    [MemberData(nameof(Rows))]
    public async Task First_line_is_the_cause_and_second_the_remedy(string name, string language)
    {
        var failure = Array.Find(Cases, failure => failure.Name == name);
        foreach (var (command, output) in await machines.OutputOf(name, language))
        {
            var lines = output.Split('\n');
            var remedy = Array.FindIndex(lines, line => line.StartsWith("→ ", StringComparison.Ordinal));
            if (!failure.Fails && command != "doctor")
            {
                Assert.Equal(-1, remedy);
                continue;
            }

            // A sentence may take several lines of the terminal; nothing else comes before the remedy.
            var first = string.Join(' ', lines[..remedy]);
            Assert.Matches($"^(bootstrap|doctor).*{failure.Code}: .{{10,}}", first);
            Assert.Equal(language == "zh", ChinesePattern().IsMatch(Cause(first, failure.Code)));
            Assert.Equal(language == "zh", ChinesePattern().IsMatch(lines[remedy]));
            Assert.All(lines, line => Assert.InRange(Text.TerminalText.Columns(line), 0, Columns));
        }
    }

    private static string Squeeze(string text) => string.Concat(text.Where(letter => !char.IsWhiteSpace(letter)));

    private static string Cause(string line, ErrorCode code) => line[(line.IndexOf($"{code}: ", StringComparison.Ordinal) + 2)..];

    /// <summary>Without what differs from run to run: times, process ids, retries, the picture, and what is well.</summary>
    private static string Normalize(string output)
    {
        var text = OkPattern().Replace(PicturePattern().Replace(output, ""), "$1\n");
        text = RunPattern().Replace(DatePattern().Replace(text, "2026-01-01 00:00:00"), "");
        text = TimePattern().Replace(text, "(00:00:00$1UTC)");
        text = SecondsPattern().Replace(text, " 0.00 s");
        return CountPattern().Replace(text, match => Regex.Replace(match.Value, "[0-9]+(\\.[0-9]+)?", "0"));
    }

    [GeneratedRegex(@"\p{IsCJKUnifiedIdeographs}")]
    private static partial Regex ChinesePattern();

    // From the axis to the line before the last.
    [GeneratedRegex("^ {12,}0 .*?(?=^took )", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex PicturePattern();

    [GeneratedRegex("^took .*\n", RegexOptions.Multiline)]
    private static partial Regex RunPattern();

    // A check that is well, and its further lines.
    [GeneratedRegex("^(ok    [a-z ]+?) {2,}.*\n( {21}.*\n)*", RegexOptions.Multiline)]
    private static partial Regex OkPattern();

    [GeneratedRegex(@"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")]
    private static partial Regex DatePattern();

    [GeneratedRegex(@"\(\d\d:\d\d:\d\d(\s)UTC\)")]
    private static partial Regex TimePattern();

    [GeneratedRegex(@" +\d+\.\d\d s")]
    private static partial Regex SecondsPattern();

    [GeneratedRegex(@"pid\s\d+|request\sid\s\d+|attempt\s\d+,\s[\d.]+\ss\safter|in\s\d+\sattempts|within\s[\d.]+\ss|thpc-\d+\.tmp"
        + @"|请求\s*ID\s*\d+|第\s*\d+\s*次|距首\s*次\s*\d+|了\s*\d+\s*次|在\s*[\d.]+\s*秒")]
    private static partial Regex CountPattern();
}
