using Thpc.NodeAgent.Host.Units;

namespace Thpc.NodeAgent.Host.Processes;

/// <summary>A command of a script that waits for systemd, which waits for the script.</summary>
/// <param name="Command">Its arguments.</param>
/// <param name="Order">
/// From the unit that it waits for to the one that the script runs in, each ordered after the next; that one alone where it waits for that itself.
/// </param>
/// <param name="BootEnd">It waits for the end of the boot, and so for every unit's start.</param>
/// <param name="PackageManager">The package manager that ran it; null where the script did.</param>
internal sealed record Deadlock(int Pid, string Command, IReadOnlyList<string> Order, bool BootEnd, string? PackageManager)
{
    /// <summary>The unit that is waited for, to follow upon "waits for".</summary>
    public string Reason
    {
        get
        {
            var own = Order[^1];
            if (BootEnd)
            {
                return $"the end of the boot, and so for the start of {own}, which waits for this script";
            }

            var links = Order.Zip(Order.Skip(1), (later, earlier) => $"{later} is ordered After={earlier}");
            return Order.Count == 1
                ? $"the start of {own}, which waits for this script"
                : $"{Order[0]}; {string.Join(", ", links)}, whose start waits for this script";
        }
    }

    /// <summary>Finds the first call that can never end.</summary>
    /// <param name="own">The unit that the script runs in.</param>
    /// <param name="names">Gives the names by which systemd knows the units of a call; none where it knows none.</param>
    public static Deadlock? Find(string own, SystemdJobs jobs, IReadOnlyList<SystemdWaitingCall> calls, Func<SystemdWaitingCall, IReadOnlyList<string>> names)
    {
        if (!jobs.IsStarting(own))
        {
            return null;
        }

        foreach (var call in calls)
        {
            var order = call.Wait.BootEnd
                ? [own]
                : names(call).Select(unit => jobs.OrderBetween(unit, own)).FirstOrDefault(order => order is not null);
            if (order is not null)
            {
                return new Deadlock(call.Process.Id, call.Command, order, call.Wait.BootEnd, call.PackageManager);
            }
        }

        return null;
    }
}

/// <summary>A process of a script that waits for systemd.</summary>
internal sealed record SystemdWaitingCall(ProcessEntry Process, string Command, SystemdWait Wait, string? PackageManager);
