using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>
/// Runs the manager's commands within the limits of one installation: waits while another program holds its lock, and names that program.
/// Past the limit, or when cancelled, a manager gets TERM, and KILL after a grace.
/// </summary>
/// <param name="what">What the commands are for, as an error begins: "install munge with dnf".</param>
internal sealed class ManagerRunner(
    PackageFamily family, ManagerCommands commands, NodeRoot root, PackagesSettings settings, PackageLog log, Action<string> note, Func<string> what)
{
    // rpm ends between two packages at TERM; a package's own script may take a while.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MinLimit = TimeSpan.FromSeconds(1);
    private readonly Backoff _pauses = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3));
    private readonly long _start = TimeProvider.System.GetTimestamp();
    private string? _holder;
    private TimeSpan _locked;

    public TimeSpan Left => settings.Timeout - TimeProvider.System.GetElapsedTime(_start);

    /// <summary>Whether the manager was killed. Packages that it had installed by then may not have run their scripts.</summary>
    public static bool IsCutShort(PackageFamily family, ProgramResult result) =>
        result.TimedOut || result.ExitCode is > 128 and < 160 || (family == PackageFamily.Zypper && result.ExitCode == 105);

    /// <summary>Runs a command again and again while the lock is what it fails for.</summary>
    /// <exception cref="AgentException">PACKAGES_FAILED: a limit ran out.</exception>
    public async Task<ProgramResult> RunAsync(IReadOnlyList<string> command, CancellationToken cancel)
    {
        while (true)
        {
            var start = TimeProvider.System.GetTimestamp();
            var result = await RunOnceAsync(command, cancel);
            if (result.TimedOut)
            {
                throw ManagerOutput.IsNetwork(result.Output) ? Unreachable($"within {settings.Timeout.TotalSeconds:0} s", ManagerReason.Extract(result.Output))
                    : Failure(
                        $"not done within {settings.Timeout.TotalSeconds:0} s, and ended; its last words: {Redactor.ByForm(result.LastWords)}",
                        new("Raise [packages] timeout, or find out what it waits for; then run again.", "请调大 [packages] timeout，或查明它在等待什么；然后重新运行。"));
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

    public AgentException Unreachable(string effort, string? words) =>
        Failure($"the repositories were not reached {effort}: {words}", ManagerHints.For(ManagerFault.Network, family));

    public AgentException Failure(string words, LocalizedText? hint = null) => new(ErrorCode.PackagesFailed, $"{what()}: {words}", hint);

    private async Task<ProgramResult> RunOnceAsync(IReadOnlyList<string> command, CancellationToken cancel)
    {
        log.Begin(command);
        try
        {
            var limit = Left > MinLimit ? Left : MinLimit;
            var result = await ProgramRunner.RunAsync(command, limit, cancel, commands.Environment(), grace: Grace, log: log.Add);
            log.End(result.TimedOut ? "ended at its limit" : $"exit code {result.ExitCode}");
            return result;
        }
        catch (OperationCanceledException)
        {
            log.End("ended with the agent");
            throw;
        }
    }

    private async Task WaitForLockAsync(string holder, string words, CancellationToken cancel)
    {
        var pause = _pauses.Next();
        if (_locked + pause > settings.LockTimeout || pause >= Left)
        {
            throw Failure(
                $"the package lock{holder} did not become free within {_locked.TotalSeconds:0.#} s: {words}",
                ManagerHints.For(ManagerFault.Locked, family));
        }

        if (_holder != holder)
        {
            _holder = holder;
            note($"waiting for the package lock{holder}");
        }

        _locked += pause;
        await Task.Delay(pause, cancel);
    }

    /// <returns>" held by pid 812 (unattended-upgr)", by the manager's words or else by /proc; empty where neither names it.</returns>
    private string Holder(string output)
    {
        if (ManagerOutput.LockHolder(output) is { } who)
        {
            return $" held by {who}";
        }

        // rpm does not name who holds its own lock.
        var held = root.IsLive ? FileLocks.Held([], root).FirstOrDefault(FileLocks.IsPackageManagers) : null;
        return held is null ? "" : $" held by pid {held.Holder} ({held.HolderName})";
    }
}
