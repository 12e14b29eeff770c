using Thpc.NodeAgent.Config;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>Makes one CFS mount, trying again while waiting may help and its budget lasts.</summary>
internal sealed class Mounter(CfsStorage storage, MountSettings settings, NodeRoot root)
{
    private static readonly TimeSpan DialLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LastAttempt = TimeSpan.FromSeconds(1);

    // Makes the missing directory from above it, inside a mount namespace that ends with the command: whatever kills it, no mount is left.
    private const string MakeBelow = "mount --make-rprivate / 2>/dev/null; mount -t \"$1\" -o \"$2\" -- \"$3\" \"$4\" && cd -- \"$4\" && mkdir -p -- \"$5\"";

    private readonly long _start = TimeProvider.System.GetTimestamp();
    private bool _triedToMake;

    private TimeSpan Left => settings.Timeout - TimeProvider.System.GetElapsedTime(_start);

    /// <summary>Ends with the file system mounted, shown by mountinfo and answering.</summary>
    /// <exception cref="AgentException">MOUNT_*.</exception>
    public async Task MountAsync(Action<string> note, CancellationToken cancel)
    {
        var helper = CfsMount.Helper(storage.Protocol);
        if (Programs.Find(new NodeRoot("/"), helper) is null)
        {
            throw new AgentException(ErrorCode.MountHelperMissing, $"mount {storage.Source} on {storage.LocalPath}: {helper} is not installed");
        }

        if (storage.Protocol == CfsProtocol.Turbo && LustreClient.Objection(new NodeRoot("/")) is { } objection)
        {
            throw new AgentException(
                ErrorCode.MountHelperMissing, $"mount {storage.Source} on {storage.LocalPath}: {objection}", "Install the Lustre client that is built for the running kernel, or boot the kernel that it was built for.");
        }

        var target = await MountPoint.PrepareAsync(root, storage.LocalPath, cancel);
        await UntilBudgetEndsAsync(() => AttemptAsync(target, note, cancel), note, cancel);
    }

    /// <summary>Waits until a file system that is mounted answers.</summary>
    /// <exception cref="AgentException">MOUNT_TIMEOUT and others.</exception>
    public Task WaitForAnswerAsync(Action<string> note, CancellationToken cancel) =>
        UntilBudgetEndsAsync(() => ProbeAsync(root.On(root.Resolve(storage.LocalPath, MountTable.Read())), cancel), note, cancel);

    private async Task UntilBudgetEndsAsync(Func<Task<MountFault?>> attempt, Action<string> note, CancellationToken cancel)
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
        for (var number = 1; ; number++)
        {
            if (await attempt() is not { } fault)
            {
                return;
            }

            if (!fault.Retry || Left < LastAttempt)
            {
                var tries = number > 1 ? $" (attempt {number}, {TimeProvider.System.GetElapsedTime(_start).TotalSeconds:0.#} s after the first)" : "";
                throw new AgentException(fault.Code, $"mount {storage.Source} on {storage.LocalPath}: {fault.Message}{tries}");
            }

            // The last attempt comes when the budget is nearly spent, not a whole pause before.
            var pause = backoff.Next();
            pause = pause < Left - LastAttempt ? pause : Left - LastAttempt;

            note($"attempt {number}: {fault.Message}; again in {pause.TotalSeconds:0.0} s");
            await Task.Delay(pause > TimeSpan.Zero ? pause : TimeSpan.Zero, cancel);
        }
    }

    private async Task<MountFault?> AttemptAsync(string target, Action<string> note, CancellationToken cancel)
    {
        // Somebody else, or an earlier attempt that died hard, may have mounted since: never one upon another.
        if (MountTable.Read().At(target) is { } present)
        {
            return CfsMount.IsMounted(storage, present)
                ? await ProveAsync(target, note, cancel)
                : throw new AgentException(ErrorCode.MountConflict, CfsMount.Conflict(storage, present));
        }

        if (await DialAsync(cancel) is { } silence)
        {
            return new MountFault(ErrorCode.MountUnreachable, silence, Retry: true);
        }

        var type = CfsMount.MountType(storage.Protocol);
        var options = CfsMount.MountOptions(storage);
        var result = await Tool.RunAsync(["mount", "-t", type, "-o", options, "--", storage.Source, target], Shorter(settings.AttemptTimeout), cancel);

        // The table decides, not the exit code: a killed mount may have come through, and a good one may lie.
        if (MountTable.Read().At(target) is { } entry && CfsMount.IsMounted(storage, entry))
        {
            return await ProveAsync(target, note, cancel);
        }

        if (result.TimedOut)
        {
            return new MountFault(ErrorCode.MountTimeout, $"no answer within {settings.AttemptTimeout.TotalSeconds:0} s", Retry: true);
        }

        if (result.Succeeded)
        {
            return new MountFault(ErrorCode.MountFailed, $"mount says that it worked, but /proc/self/mountinfo does not show {CfsMount.KernelType(storage.Protocol)} {storage.Source} there", Retry: false);
        }

        var fault = MountFault.FromWords(result.Output, result.LastWords);
        if (fault.MayBeMissing && !_triedToMake)
        {
            _triedToMake = true;
            if (await MakeRemoteDirectoryAsync(type, options, target, cancel) is { } made)
            {
                note($"the remote directory {storage.RemotePath} was missing and was made from {made}");
                return await AttemptAsync(target, note, cancel);
            }
        }

        return fault;
    }

    /// <returns>Null once one of the addresses answers; else what the last of them did.</returns>
    private async Task<string?> DialAsync(CancellationToken cancel)
    {
        string? silence = null;
        foreach (var address in CfsMount.Addresses(storage))
        {
            silence = await Network.DialAsync(address, CfsMount.Port(storage.Protocol), Shorter(DialLimit), cancel);
            if (silence is null)
            {
                break;
            }
        }

        return silence;
    }

    /// <returns>The directory from which the missing part was made; null where none would do.</returns>
    private async Task<string?> MakeRemoteDirectoryAsync(string type, string options, string target, CancellationToken cancel)
    {
        foreach (var (above, below) in CfsMount.Ancestors(storage))
        {
            var made = await Tool.RunAsync(
                ["unshare", "--mount", "--", "sh", "-c", MakeBelow, "sh", type, options, $"{storage.Server}:{above}", target, below],
                Shorter(settings.AttemptTimeout),
                cancel);
            if (made.Succeeded)
            {
                return above;
            }
        }

        return null;
    }

    private async Task<MountFault?> ProveAsync(string target, Action<string> note, CancellationToken cancel)
    {
        if (await ProbeAsync(target, cancel) is not { } fault)
        {
            return null;
        }

        // Fresh and used by nobody; left there, it would hang whoever looks at the directory.
        var gone = await Tool.RunAsync(["umount", "-f", "-l", "--", target], TimeSpan.FromSeconds(10), cancel);
        if (!gone.Succeeded)
        {
            note($"{storage.LocalPath} does not answer and could not be detached: {gone.LastWords}");
        }

        return fault;
    }

    private async Task<MountFault?> ProbeAsync(string target, CancellationToken cancel)
    {
        var limit = Shorter(settings.AttemptTimeout);
        var answer = await MountPoint.ProbeAsync(target, limit, cancel);
        return answer switch
        {
            { TimedOut: true } => new MountFault(ErrorCode.MountTimeout, $"it is mounted, but does not answer within {limit.TotalSeconds:0} s", Retry: true),
            { Succeeded: true } => null,
            _ => Dead(MountFault.FromWords(answer.Output, answer.LastWords)),
        };
    }

    private static MountFault Dead(MountFault fault) => fault with { Message = $"it is mounted, but a look at it says: {fault.Message}", Retry = true, MayBeMissing = false };

    private TimeSpan Shorter(TimeSpan limit)
    {
        var left = Left > TimeSpan.FromSeconds(1) ? Left : TimeSpan.FromSeconds(1);
        return limit < left ? limit : left;
    }
}
