using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.SystemTests.Faults;

/// <summary>The result of a bootstrap on a <see cref="FaultNode"/>.</summary>
/// <param name="Report">Null if there is none.</param>
/// <param name="Took">Measured by the test that started it.</param>
/// <param name="Output">Standard output and standard error.</param>
/// <param name="Lost">Files and mounts of the user that changed or disappeared.</param>
/// <param name="New">Kind, mode and content of what was not there before, by path; a script's marker is SCRIPT.done.</param>
/// <param name="Left">Processes that it started and that still live, and mounts that it left.</param>
internal sealed partial record FaultEnd(
    int ExitCode, Report? Report, TimeSpan Took, string Output, IReadOnlyList<string> Lost, IReadOnlyDictionary<string, string> New,
    IReadOnlyList<string> Left)
{
    private const string State = "/var/lib/thpc-node-agent";

    /// <summary>What every run leaves.</summary>
    private static readonly string[] Always =
        ["/run/thpc-node-agent", "/run/thpc-node-agent/lock", "/run/thpc-node-agent/opt-ready", State, State + "/report.json"];

    /// <summary>What a run leaves that came as far as fetching a script.</summary>
    public static readonly string[] Fetching = [State + "/scripts"];

    /// <summary>What a run leaves that has started its first script.</summary>
    public static readonly string[] Running =
        [.. Fetching, State + "/scripts/init-script-1", "/var/log/thpc-node-agent", "/var/log/thpc-node-agent/init-script-1.log"];

    /// <summary>What a run leaves whose only script succeeded, and with it everything.</summary>
    public static readonly string[] Succeeding = [.. Running, State + "/scripts/SCRIPT.done", "/run/thpc-node-agent/ready"];

    /// <summary>Code and exit code as the row has them, and in time.</summary>
    public void AssertSays(FaultRow row)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"{row.Name}: {Took.TotalSeconds:0.0} s");
        Assert.True(row.ExitCode == ExitCode, $"exit code {ExitCode} in place of {row.ExitCode}: {Output}");
        Assert.Equal(row.Code, Report?.FirstError?.Code);
        Assert.Equal(
            row.Code is null ? RunOutcome.Succeeded : row.Code == "INTERRUPTED" ? RunOutcome.Interrupted : RunOutcome.Failed,
            Report?.Outcome);
        Assert.True(Took < row.Within, $"it took {Took.TotalSeconds:0.0} s");
    }

    /// <summary>Everything of the user's is as it was, no process and no mount is left, and new is only what is the agent's own.</summary>
    /// <param name="own">Further paths than those that every run leaves.</param>
    /// <param name="scripts">The only files that may be there to be executed, whole.</param>
    public void AssertNothingLost(IEnumerable<string> own, params byte[][] scripts)
    {
        Assert.Empty(Lost);
        Assert.Empty(Left);
        Assert.Equal(Always.Concat(own).Order(StringComparer.Ordinal), New.Keys.Order(StringComparer.Ordinal));
        Assert.StartsWith("|d 700 0:0", New[State], StringComparison.Ordinal);
        var whole = scripts.Select(script => $"|f 700 0:0  |sum {Convert.ToHexStringLower(SHA256.HashData(script))}").ToList();
        Assert.All(
            New.Values.Where(entry => entry.StartsWith("|f ", StringComparison.Ordinal)),
            entry => Assert.True(NotExecutable().IsMatch(entry) || whole.Contains(entry), entry));
    }

    [GeneratedRegex("^\\|f [64][04][04] ")]
    private static partial Regex NotExecutable();
}
