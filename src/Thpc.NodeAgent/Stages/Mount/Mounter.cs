using System.Globalization;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>Mounts one file system; retries temporary failures until the deadline.</summary>
internal sealed class Mounter(StorageDriver driver, DriverContext context)
{
    // Time that a last attempt needs where the server answers at once.
    internal static readonly TimeSpan MinAttempt = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DetachLimit = TimeSpan.FromSeconds(10);

    private readonly Deadline _deadline = new(context.Config.Mount);

    public static Backoff Pauses(Func<double>? random = null) => new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), random: random);

    /// <summary>Mounts the file system, and returns when mountinfo shows it and it answers.</summary>
    /// <exception cref="AgentException">MOUNT_*.</exception>
    public async Task MountAsync(Action<string> note, CancellationToken cancel)
    {
        await driver.RequireClientAsync(cancel);
        var target = driver.CreatesDirectory
            ? await MountPoint.PrepareAsync(context.Root, driver.LocalPath, cancel)
            : MountPoint.TargetPath(context.Root, driver.LocalPath);
        try
        {
            await RetryUntilDeadlineAsync(() => AttemptAsync(target, note, cancel), note, cancel);
        }
        catch
        {
            await driver.CleanUpAfterFailureAsync(CancellationToken.None);
            throw;
        }
    }

    /// <summary>Waits until an already mounted file system answers.</summary>
    /// <exception cref="AgentException">MOUNT_TIMEOUT and others.</exception>
    public Task WaitForAnswerAsync(Action<string> note, CancellationToken cancel)
    {
        var target = MountPoint.TargetPath(context.Root, driver.LocalPath);
        return RetryUntilDeadlineAsync(async () => await ProbeAsync(target, cancel) ?? InspectMount(target), note, cancel);
    }

    private async Task RetryUntilDeadlineAsync(Func<Task<MountFault?>> attempt, Action<string> note, CancellationToken cancel)
    {
        var backoff = Pauses();
        for (var number = 1; ; number++)
        {
            if (await attempt() is not { } fault)
            {
                return;
            }

            if (!fault.Retry || backoff.NextWithin(_deadline.Left, MinAttempt) is not { } pause)
            {
                var attempts = Backoff.Attempts(number, _deadline.Spent);
                throw new AgentException(
                    new Error(fault.Code, driver.NotMounted(fault.Message) + attempts, fault.Hint) { Cause = fault.Message });
            }

            note(string.Create(CultureInfo.InvariantCulture, $"attempt {number}: {fault.Message}; retrying in {pause.TotalSeconds:0.0} s"));
            await Task.Delay(pause, cancel);
        }
    }

    private async Task<MountFault?> AttemptAsync(string target, Action<string> note, CancellationToken cancel)
    {
        if (await StaleProcess.EndAsync(context.Root.RunningMount(driver.LocalPath), TimeSpan.Zero, cancel) is { } process)
        {
            note($"ended a mount of {driver.LocalPath} that an interrupted run had left running (pid {process})");
        }

        // Another program or an interrupted attempt may have mounted it meanwhile; never mount twice.
        if (MountTree.Read().At(target) is { IsAutomount: false } present)
        {
            return driver.IsMounted(present)
                ? await ProbeAsync(target, cancel)
                : throw new AgentException(ErrorCode.MountConflict, driver.Conflict(present));
        }

        var fault = await driver.TryMountAsync(target, _deadline, note, cancel);

        // Trust the mount table, not the exit code: a killed mount may have succeeded, and an exit code of 0 may be wrong.
        if (MountTree.Read().At(target) is { } entry && driver.IsMounted(entry))
        {
            return await VerifyMountAsync(target, note, cancel);
        }

        return fault ?? new MountFault(
            ErrorCode.MountFailed,
            Messages.NotInTable(driver.Description),
            Retry: false);
    }

    private async Task<MountFault?> VerifyMountAsync(string target, Action<string> note, CancellationToken cancel)
    {
        if (await ProbeAsync(target, cancel) is not { } fault)
        {
            return null;
        }

        if (!driver.IsMountedByAgent)
        {
            return fault;
        }

        // The mount is new and unused; if it stayed, every process that reads the directory would hang.
        var detached = await ProgramRunner.RunAsync(["umount", "-f", "-l", "--", target], DetachLimit, cancel);
        if (!detached.Succeeded)
        {
            note($"{driver.LocalPath} does not answer and could not be detached: {detached.LastOutput}");
        }

        return fault;
    }

    /// <summary>Checks what an automount has mounted on access; null where it is the expected storage.</summary>
    private MountFault? InspectMount(string target) => MountTree.Read().At(target) switch
    {
        { IsAutomount: false } shown when driver.IsMounted(shown) => null,
        { IsAutomount: false } other => throw new AgentException(ErrorCode.MountConflict, driver.Conflict(other)),
        { Source: var automount } => new MountFault(ErrorCode.MountMissing, Messages.AutomountIdle(automount), Retry: true),
        null => new MountFault(ErrorCode.MountMissing, Messages.MountGone, Retry: false),
    };

    private async Task<MountFault?> ProbeAsync(string target, CancellationToken cancel)
    {
        if (await MountProbe.AskAsync(context.Root, target, _deadline.Attempt, cancel) is { Code: { } code } answer)
        {
            return new MountFault(code, Messages.NotWorking(answer.Problem), Retry: true);
        }

        context.Fstab.MarkAnswering(target);
        return null;
    }
}
