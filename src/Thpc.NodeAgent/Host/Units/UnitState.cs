using System.Globalization;

namespace Thpc.NodeAgent.Host.Units;

/// <summary>The state of a systemd unit, from `systemctl show` (properties that systemd 219 has).</summary>
/// <param name="Enabled">Whether the unit is enabled, so that a boot starts it.</param>
/// <param name="Active">active, inactive, activating, deactivating, failed.</param>
/// <param name="HasJob">Whether a start, stop or restart of it is queued or in progress.</param>
/// <param name="ConditionFailed">Whether its last start was skipped because a condition of the unit was not met.</param>
/// <param name="DropIns">The paths of its drop-ins.</param>
internal sealed record UnitState(
    string Name, bool Loaded, bool Enabled, string Active, bool HasJob, bool ConditionFailed, IReadOnlyList<string> DropIns)
{
    /// <summary>The properties that <see cref="Parse"/> reads.</summary>
    public const string Properties = "Id,LoadState,UnitFileState,ActiveState,Job,ConditionResult,ConditionTimestampMonotonic,DropInPaths";

    /// <summary>Whether a start was requested, but a condition of the unit prevented it.</summary>
    public bool IsHeldBack => Loaded && Active is "inactive" or "failed" && !HasJob && ConditionFailed;

    /// <param name="text">A block of NAME=VALUE lines for each unit, separated by empty lines.</param>
    public static IReadOnlyList<UnitState> Parse(string text) =>
        [.. ShowOutput.Parse(text).Select(One)];

    private static UnitState One(Dictionary<string, string> values)
    {
        string Value(string name) => values.GetValueOrDefault(name, "");

        // Before the first start since the boot the time is 0 and the result is "no".
        var time = Value("ConditionTimestampMonotonic");
        var tried = ulong.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) && microseconds > 0;
        return new UnitState(
            Value("Id"), Value("LoadState") == "loaded", Value("UnitFileState") is "enabled" or "enabled-runtime",
            Value("ActiveState"), Value("Job") is not ("" or "0"), tried && Value("ConditionResult") == "no",
            Value("DropInPaths").Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }
}
