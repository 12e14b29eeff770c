using System.Globalization;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Host.Units;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>
/// Runs the manager's commands within the time limits of one installation. Waits while another program holds the lock, and reports the
/// holder. At the limit or on cancellation the manager gets SIGTERM, and SIGKILL after a grace period.
/// </summary>
/// <param name="failed">Puts a reason into a message, such as "install munge with dnf: REASON".</param>
internal sealed class ManagerRunner(
    PackageFamily family, ManagerCommands commands, NodeRoot root, PackagesSettings settings, PackageLog log, Action<string> note,
    Func<LocalizedText, LocalizedText> failed)
{
    // After SIGTERM rpm stops between two packages; a package's script may take longer.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MinLimit = TimeSpan.FromSeconds(1);
    private readonly Backoff _pauses = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3));
    private readonly long _start = TimeProvider.System.GetTimestamp();
    private string? _noted;
    private TimeSpan _locked;

    public TimeSpan Left => settings.Timeout - TimeProvider.System.GetElapsedTime(_start);

    /// <summary>Whether the manager was killed. Scripts of packages that it had installed may not have run.</summary>
    public static bool WasKilled(PackageFamily family, ProgramResult result) =>
        result.TimedOut || result.ExitCode is > 128 and < 160 || (family == PackageFamily.Zypper && result.ExitCode == 105);

    /// <summary>Runs a command, and repeats it while another program holds the lock.</summary>
    /// <exception cref="AgentException">PACKAGES_FAILED: a time limit was exceeded.</exception>
    public async Task<ProgramResult> RunAsync(IReadOnlyList<string> command, CancellationToken cancel)
    {
        while (true)
        {
            var start = TimeProvider.System.GetTimestamp();
            var result = await RunOnceAsync(command, cancel);
            if (result.TimedOut)
            {
                throw new AgentException(ManagerOutput.IsNetwork(result.Output)
                    ? Unreachable(Messages.Within($"{settings.Timeout.TotalSeconds:0}"), ManagerReason.Extract(result.Output))
                    : Failure(
                        Messages.Stopped($"{settings.Timeout.TotalSeconds:0}", Redactor.ByForm(result.LastOutput)),
                        Hints.ManagerTimeout));
            }

            if (result.Succeeded || ManagerOutput.Classify(family, result.ExitCode, result.Output) != ManagerFault.Locked)
            {
                return result;
            }

            if (StaleLocks.Remove(root) is { Count: > 0 } stale)
            {
                note($"removed {string.Join(", ", stale)}: the package manager that wrote it has ended");
                continue;
            }

            _locked += TimeProvider.System.GetElapsedTime(start);
            await WaitForLockAsync(Holder(result.Output), ManagerReason.Extract(result.Output), cancel);
        }
    }

    public Error Unreachable(LocalizedText effort, string? reason) =>
        ManagerOutput.IsNotFound(reason ?? "")
            ? Failure(Messages.NotFound(effort, reason), Hints.RepositoryNotFound)
            : Failure(Messages.Unreachable(effort, reason), Hints.ForFault(ManagerFault.Network, family));

    public Error Failure(LocalizedText reason, LocalizedText? hint = null) => new(ErrorCode.PackagesFailed, failed(reason), hint);

    private async Task<ProgramResult> RunOnceAsync(IReadOnlyList<string> command, CancellationToken cancel)
    {
        log.Begin(command);
        try
        {
            var limit = Left > MinLimit ? Left : MinLimit;
            var result = await ProgramRunner.RunAsync(command, limit, cancel, commands.Environment(), grace: Grace, log: log.Add);
            log.End(result.TimedOut ? "stopped at the time limit" : $"exit code {result.ExitCode}");
            return result;
        }
        catch (OperationCanceledException)
        {
            log.End("stopped with the agent");
            throw;
        }
    }

    private async Task WaitForLockAsync(string? holder, string reason, CancellationToken cancel)
    {
        var pause = _pauses.Next();
        LocalizedText heldBy = holder is null ? "" : Messages.HeldBy(holder);
        if (_locked + pause > settings.LockTimeout || pause >= Left)
        {
            throw new AgentException(Failure(
                Messages.LockHeld(heldBy, $"{_locked.TotalSeconds:0.#}") + (holder is null ? $": {reason}" : ""),
                Hints.ForFault(ManagerFault.Locked, family)));
        }

        var waiting = $"waiting for the package lock{heldBy}";
        if (_noted != waiting)
        {
            _noted = waiting;
            note(waiting + Describe(holder));
        }

        _locked += pause;
        await Task.Delay(pause, cancel);
    }

    /// <returns>Such as ", which has been running for 95 s in apt-daily.service"; empty if the holder's process is not known.</returns>
    private static string Describe(string? holder) =>
        holder?.Split(' ', 3) is ["pid", var pid, ['(', .. var name, ')']]
        && int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
        && ProcessTable.Command(id) == name && ProcessTable.Age(id) is { } age
            ? string.Create(CultureInfo.InvariantCulture, $", which has been running for {age.TotalSeconds:0} s{Unit(id)}")
            : "";

    private static string Unit(int id) => SystemdJobs.UnitOf(ProcFiles.Read($"/proc/{id}/cgroup") ?? "") is { } unit ? $" in {unit}" : "";

    /// <returns>Such as "pid 812 (unattended-upgr)", from the output or else from /proc; null if unknown.</returns>
    private string? Holder(string output)
    {
        if (ManagerOutput.LockHolder(output) is { } process)
        {
            return process;
        }

        // rpm does not report its lock's holder.
        var held = root.IsLive ? FileLocks.Held([], root).FirstOrDefault(FileLocks.IsPackageManagers) : null;
        return held is null ? null : $"pid {held.Holder} ({held.HolderName})";
    }
}
