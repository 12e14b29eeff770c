using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Units;

namespace Thpc.NodeAgent.Host.Processes;

/// <summary>A command of a script that waits for systemd while systemd waits for the script.</summary>
/// <param name="Command">The command with its arguments.</param>
/// <param name="Order">
/// The units from the one that the command waits for to the one that runs the script, each ordered after the next. Only the latter if the
/// command waits for it directly.
/// </param>
/// <param name="BootEnd">The command waits for the end of the boot, and so for the start of every unit.</param>
/// <param name="PackageManager">The package manager that ran the command; null if the script ran it.</param>
internal sealed record Deadlock(int Pid, string Command, IReadOnlyList<string> Order, bool BootEnd, string? PackageManager)
{
    /// <summary>A clause that follows "waits for".</summary>
    public LocalizedText Reason
    {
        get
        {
            var own = Order[^1];
            if (BootEnd)
            {
                return Messages.WaitsForBoot(own);
            }

            var links = Order.Zip(Order.Skip(1), (later, earlier) => Messages.OrderedAfter(later, earlier));
            return Order.Count == 1
                ? Messages.WaitsForStart(own)
                : Messages.WaitsForOrder(Order[0], LocalizedText.Join(", ", [.. links]));
        }
    }

    /// <summary>Finds the first call that can never end.</summary>
    /// <param name="own">The unit that runs the script.</param>
    /// <param name="names">Returns systemd's names for the units of a call; empty if it knows none of them.</param>
    public static Deadlock? Find(
        string own, SystemdJobs jobs, IReadOnlyList<SystemdWaitingCall> calls, Func<SystemdWaitingCall, IReadOnlyList<string>> names)
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
