using System.Globalization;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>Makes one mount, trying again while waiting may help and its budget lasts.</summary>
internal sealed class Mounter(StorageDriver driver, DriverContext context)
{
    // What an attempt that is answered at once may take.
    private static readonly TimeSpan AnAttempt = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DetachLimit = TimeSpan.FromSeconds(10);

    private readonly Deadline _deadline = new(context.Config.Mount);

    /// <summary>Ends with the file system mounted, shown by mountinfo and answering.</summary>
    /// <exception cref="AgentException">MOUNT_*.</exception>
    public async Task MountAsync(Action<string> note, CancellationToken cancel)
    {
        await driver.RequireClientAsync(cancel);
        var target = driver.MakesDirectory ? await MountPoint.PrepareAsync(context.Root, driver.LocalPath, cancel) : MountPoint.Target(context.Root, driver.LocalPath);
        try
        {
            await UntilBudgetEndsAsync(() => AttemptAsync(target, note, cancel), note, cancel);
        }
        catch
        {
            await driver.GiveUpAsync(CancellationToken.None);
            throw;
        }
    }

    /// <summary>Waits until a file system that is mounted answers.</summary>
    /// <exception cref="AgentException">MOUNT_TIMEOUT and others.</exception>
    public Task WaitForAnswerAsync(Action<string> note, CancellationToken cancel)
    {
        var target = MountPoint.Target(context.Root, driver.LocalPath);
        return UntilBudgetEndsAsync(async () => await ProbeAsync(target, cancel) ?? Shown(target), note, cancel);
    }

    private async Task UntilBudgetEndsAsync(Func<Task<MountFault?>> attempt, Action<string> note, CancellationToken cancel)
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
        for (var number = 1; ; number++)
        {
            if (await attempt() is not { } fault)
            {
                return;
            }

            var room = _deadline.Left - AnAttempt;
            if (!fault.Retry || room < AnAttempt / 4)
            {
                var tries = number > 1 ? string.Create(CultureInfo.InvariantCulture, $" (attempt {number}, {_deadline.Spent.TotalSeconds:0.#} s after the first)") : "";
                throw new AgentException(fault.Code, $"{driver.Summary}: {fault.Message}{tries}", fault.Hint);
            }

            var pause = backoff.Next(room);
            note(string.Create(CultureInfo.InvariantCulture, $"attempt {number}: {fault.Message}; again in {pause.TotalSeconds:0.0} s"));
            await Task.Delay(pause, cancel);
        }
    }

    private async Task<MountFault?> AttemptAsync(string target, Action<string> note, CancellationToken cancel)
    {
        if (await StaleProcess.EndAsync(context.Root.RunningMount(driver.LocalPath), TimeSpan.Zero, cancel) is { } process)
        {
            note($"a run that was killed had left a mount of {driver.LocalPath} going on (pid {process}): it was ended");
        }

        // Somebody else, or an earlier attempt that died hard, may have mounted since: never one upon another.
        if (MountTree.Read().At(target) is { IsAutomount: false } present)
        {
            return driver.IsMounted(present)
                ? await ProbeAsync(target, cancel)
                : throw new AgentException(ErrorCode.MountConflict, driver.Conflict(present));
        }

        var fault = await driver.BringUpAsync(target, _deadline, note, cancel);

        // The table decides, not an exit code: a killed mount may have come through, and a good one may lie.
        if (MountTree.Read().At(target) is { } entry && driver.IsMounted(entry))
        {
            return await ProveAsync(target, note, cancel);
        }

        return fault ?? new MountFault(ErrorCode.MountFailed, $"mount says that it worked, but /proc/self/mountinfo does not show {driver.Description} there", Retry: false);
    }

    private async Task<MountFault?> ProveAsync(string target, Action<string> note, CancellationToken cancel)
    {
        if (await ProbeAsync(target, cancel) is not { } fault)
        {
            return null;
        }

        if (!driver.IsMountedByAgent)
        {
            return fault;
        }

        // Fresh and used by nobody; left there, it would hang whoever looks at the directory.
        var gone = await ProgramRunner.RunAsync(["umount", "-f", "-l", "--", target], DetachLimit, cancel);
        if (!gone.Succeeded)
        {
            note($"{driver.LocalPath} does not answer and could not be detached: {gone.LastWords}");
        }

        return fault;
    }

    /// <summary>What an automount has mounted when it was entered.</summary>
    private MountFault? Shown(string target) => MountTree.Read().At(target) switch
    {
        { IsAutomount: false } shown when driver.IsMounted(shown) => null,
        { IsAutomount: false } other => throw new AgentException(ErrorCode.MountConflict, driver.Conflict(other)),
        { Source: var automount } => new MountFault(ErrorCode.MountMissing, $"the automount there ({automount}) mounts nothing when somebody enters", Retry: true),
        null => new MountFault(ErrorCode.MountMissing, "nothing is mounted there any more", Retry: false),
    };

    private async Task<MountFault?> ProbeAsync(string target, CancellationToken cancel) =>
        await MountProbe.AskAsync(context.Root, target, _deadline.Attempt, cancel) is { Code: { } code } answer
            ? new MountFault(code, $"it is mounted, but a look at it says: {answer.Words}", Retry: true)
            : null;
}
