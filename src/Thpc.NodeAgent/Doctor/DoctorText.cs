using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Doctor;

/// <summary>
/// The output of `doctor`: the failure to fix first and its remedy, which node it is, then the other failures, warnings and what is
/// well, and a verdict.
/// </summary>
internal static class DoctorText
{
    private const int Indent = 21;
    private const int NarrowIndent = 4;
    private const int MinWideColumns = 60;
    private const int MaxSubjects = 20;

    // A check fails by those before it: without a clock no signature is valid, without credentials no script is fetched.
    private static readonly string[] FixOrder =
        ["configuration", "disk", "clock", "metadata", "credentials", "cos", "script", "server", "helpers", "mounts"];

    // The last run is a consequence: what made it fail may be another line, or mended since.
    private const string LastOfAll = "last run";

    /// <param name="node">Which node it is, and when: the third line.</param>
    /// <param name="columns">Columns of the terminal; null for a pipe or file, where lines are not wrapped.</param>
    public static string Write(IReadOnlyList<CheckResult> results, string node, int? columns, Language language)
    {
        var merged = Merge(
            [.. results.Select(
                result => IsConsequence(result, results) ? result with { Text = Messages.SameFailure, Fix = null } : result)]);
        List<CheckResult> failures =
            [.. merged.Where(result => result.Verdict == Verdict.Fail).OrderBy(result => Rank(result.Check)).ThenBy(IsMissing)];
        var warnings = merged.Count(result => result.Verdict == Verdict.Warn);
        var text = new StringBuilder();
        void Line(string line) => text.AppendJoin('\n', TerminalText.Reflow(line, columns)).Append('\n');
        if (failures is [var first, ..])
        {
            var code = first.Code is null ? first.Check : first.Code.Name;
            Line(Hints.ChecksFailed(failures.Count, merged.Count, $"{code}: {first.Text.Lines(language)[0]}").In(language));
            Line($"→ {first.Fix!.In(language)}");
            foreach (var detail in first.Text.Lines(language).Skip(1))
            {
                Line("  " + detail);
            }
        }
        else
        {
            Line((warnings == 0 ? Hints.ChecksPassed(merged.Count) : Hints.ChecksWarned(merged.Count, warnings)).In(language));
        }

        Line(node);
        foreach (var result in failures.Skip(1)
            .Concat(merged.Where(result => result.Verdict == Verdict.Warn)).Concat(merged.Where(result => result.Verdict == Verdict.Ok)))
        {
            Append(text, result, columns, language);
        }

        Line((failures is [var fix, ..] ? Hints.NotReady(Subject(fix)) : Hints.Ready).In(language));
        return text.ToString();
    }

    /// <summary>ok, warn or fail: the same in every language, because programs look for them.</summary>
    public static string Word(Verdict verdict) => verdict switch
    {
        Verdict.Ok => "ok",
        Verdict.Warn => "warn",
        _ => "fail",
    };

    // A run is not what has to be corrected, but what it failed by.
    private static string Subject(CheckResult result) => (result.Check == LastOfAll ? result.Code?.Name : null) ?? result.Check;

    // Nothing can be mounted before what is in its way is corrected.
    private static bool IsMissing(CheckResult result) => result.Code == ErrorCode.MountMissing;

    private static int Rank(string check) => check == LastOfAll ? int.MaxValue
        : Array.IndexOf(FixOrder, check) is >= 0 and var rank ? rank : FixOrder.Length;

    /// <summary>Joins results with the same cause, such as mounts on one dead server, to one that names all that it concerns.</summary>
    private static List<CheckResult> Merge(IReadOnlyList<CheckResult> results)
    {
        List<CheckResult> merged = [];
        foreach (var result in results)
        {
            List<CheckResult> same = result.Cause is null ? [result] : [.. results.Where(other => IsSame(result, other))];
            if (ReferenceEquals(same[0], result))
            {
                merged.Add(same.Count == 1 ? result : result with { Text = result.Cause! + LocalizedText.Colon + Subjects(same) });
            }
        }

        return merged;
    }

    /// <summary>Whether the last run failed by what another check has found.</summary>
    private static bool IsConsequence(CheckResult result, IReadOnlyList<CheckResult> all) =>
        result is { Check: LastOfAll, Code: not null } && all.Any(other => other.Check != LastOfAll && other.Code == result.Code);

    private static bool IsSame(CheckResult one, CheckResult other) =>
        one.Check == other.Check && one.Verdict == other.Verdict && one.Code == other.Code && one.Cause == other.Cause;

    private static LocalizedText Subjects(List<CheckResult> same) =>
        string.Join(", ", same.Select(result => result.Subject).Take(MaxSubjects))
        + (same.Count > MaxSubjects ? Reporting.Hints.More(same.Count - MaxSubjects) : "");

    private static void Append(StringBuilder text, CheckResult result, int? columns, Language language)
    {
        var indent = columns is < MinWideColumns ? NarrowIndent : Indent;
        var head = $"{Word(result.Verdict),-4}  {result.Check,-13}  ";
        var code = result.Code is null ? "" : $"{result.Code} ";
        List<string> lines =
        [
            .. (code + result.Text).Lines(language).SelectMany(line => TerminalText.Indent(line, indent, columns)),
            .. result.Fix is { } fix ? TerminalText.Indent($"→ {fix.In(language)}", indent, columns) : [],
        ];

        // The head takes the place of the first line's blanks, or where the terminal is narrow a line of its own.
        text.Append(indent == Indent ? head : $"{head.TrimEnd()}\n{new string(' ', indent)}")
            .Append(lines[0], indent, lines[0].Length - indent);
        text.Append('\n').Append(string.Concat(lines.Skip(1).Select(line => $"{line}\n")));
    }
}
