using System.Collections.Concurrent;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Stages.Mount.Drivers;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>Creates a step that runs after <paramref name="needs"/> have succeeded and <paramref name="after"/> have ended.</summary>
internal delegate Step MakeStep(IReadOnlyList<Step> needs, IReadOnlyList<Step> after);

/// <summary>The step planned for one mount point.</summary>
/// <param name="Mounts">Whether the step mounts a file system, which would hide mounts below it.</param>
internal sealed record PlannedMount(MountPointState State, MakeStep Make, bool Mounts)
{
    public string ResolvedPath => State.ResolvedPath;

    /// <summary>Whether the step changes nothing and fails.</summary>
    public bool IsRefusal { get; init; }
}

/// <summary>Decides which step a mount point needs.</summary>
internal sealed class MountPlanner(DriverContext context, StorageState state)
{
    private const int MaxListed = 5;

    public bool MountOverOpt { get; init; }

    public bool Repair { get; init; }

    /// <summary>The mount points that this run has mounted so far.</summary>
    public ConcurrentBag<MountPointState> Mounted { get; } = [];

    /// <param name="isUnmountedBefore">Whether an earlier step unmounts what is mounted there now.</param>
    /// <returns>Null where the mount point is as configured, or nothing can be done.</returns>
    public async Task<PlannedMount?> PlanAsync(
        MountPointState mountPoint, bool isUnmountedBefore, List<string> warnings, CancellationToken cancel)
    {
        var driver = mountPoint.Driver!;
        if (driver.Validate(mountPoint.Boot) is { } problem)
        {
            return Refused(mountPoint, problem);
        }

        if (driver.BootDifference(mountPoint.Boot) is { } difference)
        {
            warnings.Add(difference.Message);
        }

        if (mountPoint.IsIdleAutomount && !isUnmountedBefore)
        {
            return Repair ? null : WaitForAnswer(mountPoint);
        }

        if (mountPoint.Mounted is not { } present || isUnmountedBefore)
        {
            return await PlanMountAsync(mountPoint, warnings, cancel);
        }

        if (!mountPoint.IsExpected)
        {
            return Repair && mountPoint.IsOwn
                ? Remount(mountPoint, "storage of an earlier configuration is mounted there")
                : Refused(mountPoint, new Error(ErrorCode.MountConflict, driver.Conflict(present)));
        }

        if (mountPoint.Answer!.IsGone)
        {
            return Remount(mountPoint, mountPoint.Answer.Problem.English);
        }

        if (mountPoint.Answer.Code is not null)
        {
            return Repair ? null : WaitForAnswer(mountPoint);
        }

        if (mountPoint.IsUnexpectedlyReadOnly)
        {
            if (Repair)
            {
                return Remount(mountPoint, "it is read-only");
            }

            warnings.Add(mountPoint.Problem!.Message);
        }

        return driver.IsPersisted(mountPoint.Boot) ? null : new PlannedMount(
            mountPoint,
            (needs, after) => new Step($"persist {driver.LocalPath} for the next boot", (_, token) => driver.PersistAsync(token))
            {
                Subject = driver.LocalPath,
                Needs = needs,
                After = after,
                Details = PersistedAs(mountPoint),
            },
            Mounts: false);
    }

    public static PlannedMount Refused(MountPointState mountPoint, Error refusal) =>
        new(mountPoint,
            (needs, after) => Step.Refused(mountPoint.Driver!.Summary, refusal, needs, after, StepKind.Mount, mountPoint.LocalPath),
            Mounts: false)
        {
            IsRefusal = true,
        };

    /// <summary>Plans to mount storage at a free mount point, or at one that an earlier step unmounts.</summary>
    public PlannedMount Mount(MountPointState mountPoint) => new(
        mountPoint,
        (needs, after) => new Step(mountPoint.Driver!.Summary, async (note, token) =>
        {
            await mountPoint.Driver.PrepareAsync(note, token);
            await MountAsync(mountPoint, note, token);
        })
        {
            Kind = StepKind.Mount,
            Subject = mountPoint.LocalPath,
            Needs = needs,
            After = after,
            Details = [.. mountPoint.Driver.Commands, .. PersistedAs(mountPoint)],
        },
        Mounts: true);

    private static string[] PersistedAs(MountPointState mountPoint) =>
        mountPoint.Driver!.PersistedAs is { } line && !mountPoint.Driver.IsPersisted(mountPoint.Boot) ? [line] : [];

    private async Task MountAsync(MountPointState mountPoint, Action<string> note, CancellationToken cancel)
    {
        await new Mounter(mountPoint.Driver!, context).MountAsync(note, cancel);
        await mountPoint.Driver!.PersistAsync(cancel);
        Mounted.Add(mountPoint);
    }

    private PlannedMount WaitForAnswer(MountPointState mountPoint) => new(
        mountPoint,
        (needs, after) =>
            new Step($"wait for {mountPoint.Driver!.Storage.Source} on {mountPoint.LocalPath} to answer", async (note, token) =>
        {
            await new Mounter(mountPoint.Driver, context).WaitForAnswerAsync(note, token);
            await mountPoint.Driver.PersistAsync(token);
        })
            {
                Kind = StepKind.Mount,
                Subject = mountPoint.LocalPath,
                Needs = needs,
                After = after,
            },
        Mounts: false);

    private async Task<PlannedMount> PlanMountAsync(MountPointState mountPoint, List<string> warnings, CancellationToken cancel)
    {
        var driver = mountPoint.Driver!;
        var refusal = MountPoint.Validate(context.Root, driver.LocalPath, state.Mounts)
            ?? await CheckHiddenContentAsync(mountPoint, warnings, cancel);
        return refusal is not null ? Refused(mountPoint, refusal) : Mount(mountPoint);
    }

    /// <summary>
    /// Checks the files that the mount would hide. Adds a warning, or returns why the mount is refused: GooseFS needs an empty directory,
    /// and programs run from /opt.
    /// </summary>
    private async Task<Error?> CheckHiddenContentAsync(MountPointState mountPoint, List<string> warnings, CancellationToken cancel)
    {
        var content = mountPoint.Mounted is null && mountPoint.Driver!.CreatesDirectory
            ? await MountPoint.ContentAsync(mountPoint.Target, state.Mounts, cancel)
            : [];
        if (content.Count == 0)
        {
            return null;
        }

        var more = content.Count > MaxListed ? Host.Messages.More(content.Count - MaxListed) : "";
        var list = string.Join(", ", content.Take(MaxListed).Select(TerminalText.OneLine)) + more;
        if (mountPoint.Driver is GooseFsDriver)
        {
            return new Error(ErrorCode.MountConflict, Messages.NotEmpty(mountPoint.LocalPath, list), Hints.EmptyDirectory);
        }

        if (mountPoint.LocalPath == NodePaths.Opt && !MountOverOpt
            && await FileHolders.InspectAsync(mountPoint.Target, running: true, cancel) is { Users.Count: > 0 } running)
        {
            return new Error(ErrorCode.MountBusy, Messages.WouldHidePrograms(running.Summary), Hints.StopProgramsInOpt);
        }

        warnings.Add($"the mount on {mountPoint.LocalPath} hides files in that directory: {list}");
        return null;
    }

    /// <summary>Plans to unmount what is mounted there, if it is not in use, and to mount the configured storage.</summary>
    private PlannedMount Remount(MountPointState mountPoint, string reason) => new(
        mountPoint,
        (needs, after) => new Step($"remount {mountPoint.Driver!.Storage.Source} on {mountPoint.LocalPath}", async (note, token) =>
        {
            // A mount whose daemon died is useless even to processes that hold it open.
            var detach = mountPoint.Answer!.Code == ErrorCode.MountDead ? DetachMode.Always : DetachMode.IfUnreachable;
            await mountPoint.Driver.RequireClientAsync(token);
            await Unmounter.UnmountAsync(context.Root, mountPoint.LocalPath, mountPoint.Mounted!, mountPoint.Driver, detach, note, token);
            await mountPoint.Driver.PrepareAsync(note, token);
            await MountAsync(mountPoint, note, token);
        })
        {
            Kind = StepKind.Mount,
            Subject = mountPoint.LocalPath,
            Needs = needs,
            After = after,
            Details = [$"umount {mountPoint.LocalPath}, because: {reason}", .. mountPoint.Driver.Commands],
        },
        Mounts: true);
}
