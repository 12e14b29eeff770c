using System.Text.RegularExpressions;

namespace Thpc.NodeAgent.SystemTests.Faults;

/// <summary>What has to be true of a node after any fault, and after the run that comes next.</summary>
internal static partial class HostEnd
{
    /// <summary>
    /// No file is lost: each is complete and has its old or its new content. There is no other file, and none is half-written.
    /// </summary>
    /// <param name="end">The files of the node after an undisturbed run.</param>
    public static void NothingIsLost(
        IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> end, IReadOnlyDictionary<string, string> now,
        string where)
    {
        List<string> wrong = [];
        foreach (var path in before.Keys.Union(now.Keys).Where(path => !IsOfItsOwn(path)))
        {
            var (old, wanted, found) = (before.GetValueOrDefault(path), end.GetValueOrDefault(path), now.GetValueOrDefault(path));
            if (found != old && found != wanted)
            {
                wrong.Add($"{path} is {found ?? "gone"}; it was {old ?? "not there"}, and becomes {wanted ?? "nothing"}");
            }
        }

        Assert.True(wrong.Count == 0, $"{where}: {string.Join('\n', wrong)}");
    }

    /// <summary>All is as after a run to which nothing happened.</summary>
    public static void IsTheEnd(
        IReadOnlyDictionary<string, string> end, IReadOnlyDictionary<string, string> now, string where, bool script = true)
    {
        var wrong = end.Keys.Union(now.Keys)
            .Where(path =>
                end.GetValueOrDefault(path) != now.GetValueOrDefault(path)
                    && !IsLogOrEarlierReport().IsMatch(path) && (script || path != "script"))
            .Select(path => $"{path} is {now.GetValueOrDefault(path) ?? "gone"} and not {end.GetValueOrDefault(path) ?? "nothing"}")
            .ToList();
        Assert.True(wrong.Count == 0, $"{where}: {string.Join('\n', wrong)}");
    }

    // A log may end anywhere, and what the script did is looked at apart. What the marker of an image will say is noted beside it until it
    // is written. So is that a script was begun, until it has ended.
    private static bool IsOfItsOwn(string path) =>
        path == "script" || IsLogOrEarlierReport().IsMatch(path) || path.EndsWith("/thpc_preinstalled.json.next", StringComparison.Ordinal)
            || path.EndsWith(".begun", StringComparison.Ordinal);

    // A run that ended early leaves one report more of an earlier run.
    [GeneratedRegex(@"^var/log/thpc-node-agent(/|$)|^var/lib/thpc-node-agent/report\.[12]\.json$")]
    private static partial Regex IsLogOrEarlierReport();
}
