using System.Globalization;
using Thpc.NodeAgent.Host.Units;

namespace Thpc.NodeAgent.Host.Processes;

/// <summary>
/// Detects a script that waits, through systemctl, for the job of a unit that is ordered after the script's own unit: neither would ever
/// end. It queries systemd only after two inspections have seen the same call. If systemd does not answer, it reports nothing.
/// </summary>
internal sealed class DeadlockWatch
{
    /// <summary>Between two inspections. A call that both have seen has waited at least this long.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan MemoryLimit = TimeSpan.FromSeconds(1);

    // SIGINT and SIGQUIT: a shell starts background commands with both ignored (POSIX, "Asynchronous Lists").
    private const ulong BackgroundSignals = 0b110;

    private static readonly string[] PackageManagers =
        ["dpkg", "apt-get", "apt", "aptitude", "rpm", "dnf", "dnf5", "yum", "tdnf", "microdnf", "zypper"];

    private readonly string _own;
    private IReadOnlyList<SystemdWaitingCall> _seen = [];

    private DeadlockWatch(string own) => _own = own;

    /// <returns>Null if systemd does not run, or this process belongs to no service.</returns>
    public static DeadlockWatch? Create(NodeRoot root) =>
        Systemd.Runs(root) && SystemdJobs.UnitOf(ProcFiles.Read("/proc/self/cgroup") ?? "") is { } own ? new DeadlockWatch(own) : null;

    /// <param name="family">The script and all its descendants.</param>
    /// <param name="leader">The script's own process.</param>
    /// <returns>Null if there is no deadlock, or it is not certain.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<Deadlock?> InspectAsync(IReadOnlyList<ProcessEntry> family, int leader, CancellationToken cancel)
    {
        try
        {
            var calls = await BlockingCall.RunAsync(() => Calls(family, leader), MemoryLimit, cancel);
            var again = calls.Where(call => _seen.Any(seen => seen.Process.IsSame(call.Process))).ToList();
            _seen = calls;
            return again.Count == 0 ? null : await AskAsync(again, cancel);
        }
        catch (Exception e) when (e is TimeoutException or IOException or System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private async Task<Deadlock?> AskAsync(IReadOnlyList<SystemdWaitingCall> calls, CancellationToken cancel)
    {
        var jobs = SystemdJobs.ParseJobs(await AnswerAsync(["list-jobs", "--no-legend", "--full"], cancel));
        if (jobs.Count == 0)
        {
            return null;
        }

        var names = new Dictionary<SystemdWaitingCall, IReadOnlyList<string>>();
        foreach (var call in calls)
        {
            var shown = call.Wait.BootEnd ? "" : await AnswerAsync(["show", "-p", "Id", "--", .. call.Wait.Units], cancel);
            names[call] = [.. SystemdJobs.ParseAfter(shown).Keys];
        }

        var order = await AnswerAsync(["show", "-p", "Id", "-p", "After", "--", .. jobs.Select(job => job.Unit)], cancel);
        return Deadlock.Find(_own, new SystemdJobs(jobs, SystemdJobs.ParseAfter(order)), calls, call => names[call]);
    }

    private static async Task<string> AnswerAsync(IReadOnlyList<string> arguments, CancellationToken cancel) =>
        await ProgramRunner.RunAsync(["systemctl", "--no-pager", .. arguments], AskLimit, cancel) is { Succeeded: true } answer
            ? answer.Output
            : "";

    private static IReadOnlyList<SystemdWaitingCall> Calls(IReadOnlyList<ProcessEntry> family, int leader)
    {
        List<SystemdWaitingCall> all = [];
        foreach (var entry in family.Where(entry => entry.State != 'Z'))
        {
            // Check the name first: reading it never blocks, and most processes are irrelevant.
            if (ProcessTable.Command(entry.Id) is "systemctl" or "cloud-init"
                && ProcFiles.Read($"/proc/{entry.Id}/cmdline")?.Split('\0', StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } words
                && SystemdWait.Parse(words) is { } wait)
            {
                ProcessEntry[] above = [.. Above(family, entry)];
                string[] names = [.. above.Select(parent => ProcessTable.Command(parent.Id))];

                // Skip processes that have left the script's tree, and those that `timeout` will end.
                if ((entry.Id == leader || above.Any(parent => parent.Id == leader)) && !names.Contains("timeout"))
                {
                    all.Add(new SystemdWaitingCall(entry, string.Join(' ', words), wait, names.FirstOrDefault(PackageManagers.Contains)));
                }
            }
        }

        return [.. all.Where(call => !IsInBackground(call.Process, leader) || IsIdle(family, all, leader))];
    }

    private static IEnumerable<ProcessEntry> Above(IReadOnlyList<ProcessEntry> family, ProcessEntry entry)
    {
        for (var at = entry; family.FirstOrDefault(parent => parent.Id == at.ParentId) is { } parent; at = parent)
        {
            yield return parent;
        }
    }

    private static bool IsInBackground(ProcessEntry entry, int leader) =>
        (Ignored(entry.Id) & BackgroundSignals) == BackgroundSignals && (Ignored(leader) & BackgroundSignals) != BackgroundSignals;

    /// <summary>Whether the script only waits for its children, and these only wait for systemd.</summary>
    private static bool IsIdle(IReadOnlyList<ProcessEntry> family, IReadOnlyList<SystemdWaitingCall> calls, int leader)
    {
        var alive = family.Where(entry => entry.State != 'Z').ToList();
        var parents = alive.Select(entry => entry.ParentId).ToHashSet();
        bool IsCall(ProcessEntry entry) => calls.Any(call => call.Process == entry);
        var busy = alive.Where(entry => !parents.Contains(entry.Id) && Above(alive, entry).Any(parent => parent.Id == leader))
            .Where(entry => !IsCall(entry) && !Above(alive, entry).Any(IsCall) && !OutputReaders.ReadsPipe(entry.Id));
        return !busy.Any() && (ProcFiles.Read($"/proc/{leader}/wchan") ?? "").StartsWith("do_wait", StringComparison.Ordinal);
    }

    private static ulong Ignored(int id)
    {
        const string Name = "SigIgn:";
        var line = (ProcFiles.Read($"/proc/{id}/status") ?? "").Split('\n')
            .FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal));
        return ulong.TryParse(line?[Name.Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var mask) ? mask : 0;
    }
}
