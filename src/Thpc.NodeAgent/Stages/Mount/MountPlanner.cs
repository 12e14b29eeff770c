using System.Collections.Concurrent;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Stages.Mount.Drivers;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>Makes a step that needs some to have succeeded and comes after others.</summary>
internal delegate Step MakeStep(IReadOnlyList<Step> needs, IReadOnlyList<Step> after);

/// <summary>What one mount point needs.</summary>
/// <param name="Mounts">Whether the step mounts something there, and so would hide what is mounted below.</param>
internal sealed record PlannedMount(MountPointState State, MakeStep Make, bool Mounts)
{
    public string Place => State.Place;

    /// <summary>Whether it is known before anything is run that it fails.</summary>
    public bool IsRefusal { get; init; }
}

/// <summary>Decides what a mount point needs.</summary>
internal sealed class MountPlanner(DriverContext context, StorageState state)
{
    private const int MaxNamed = 5;

    public bool Force { get; init; }

    public bool Repair { get; init; }

    /// <summary>The mount points that this run has mounted, as it goes on.</summary>
    public ConcurrentBag<MountPointState> Mounted { get; } = [];

    /// <param name="leaves">Whether what is mounted there now is taken away by an earlier step.</param>
    /// <returns>Null where everything is as it should be, or nothing can be done.</returns>
    public async Task<PlannedMount?> PlanAsync(MountPointState place, bool leaves, List<string> warnings, CancellationToken cancel)
    {
        var driver = place.Driver!;
        if (driver.Validate(place.Boot) is { } problem)
        {
            return Refused(place, problem);
        }

        if (driver.BootDifference(place.Boot) is { } difference)
        {
            warnings.Add(difference.Message);
        }

        if (place.IsIdleAutomount && !leaves)
        {
            return Repair ? null : Wait(place);
        }

        if (place.Mounted is not { } present || leaves)
        {
            return await PlanMountAsync(place, warnings, cancel);
        }

        if (!place.IsRight)
        {
            return Repair && place.IsOwn
                ? Again(place, "what an earlier configuration had is mounted there")
                : Refused(place, new AgentException(ErrorCode.MountConflict, driver.Conflict(present)));
        }

        if (place.Answer!.IsGone)
        {
            return Again(place, place.Answer.Words);
        }

        if (place.Answer.Code is not null)
        {
            return Repair ? null : Wait(place);
        }

        if (place.IsReadOnlyByMistake)
        {
            if (Repair)
            {
                return Again(place, "it is read-only");
            }

            warnings.Add(place.Problem!.Message);
        }

        return driver.IsPersisted(place.Boot) ? null : new PlannedMount(
            place,
            (needs, after) => new Step($"have the next boot mount {driver.LocalPath}", (_, token) => driver.PersistAsync(token))
            {
                Needs = needs,
                After = after,
                Details = PersistedAs(place),
            },
            Mounts: false);
    }

    public static PlannedMount Refused(MountPointState place, AgentException refusal) =>
        new(place, (needs, after) => Step.Refused(place.Driver!.Summary, refusal, needs, after), Mounts: false) { IsRefusal = true };

    /// <summary>Mounts what an earlier step of the same run has unmounted.</summary>
    public PlannedMount Mount(MountPointState place) => new(
        place,
        (needs, after) => new Step(place.Driver!.Summary, async (note, token) =>
        {
            await place.Driver.PrepareAsync(note, token);
            await MountAsync(place, note, token);
        })
        {
            Needs = needs,
            After = after,
            Details = [.. place.Driver.Commands, .. PersistedAs(place)],
        },
        Mounts: true);

    private static string[] PersistedAs(MountPointState place) =>
        place.Driver!.PersistedAs is { } line && !place.Driver.IsPersisted(place.Boot) ? [line] : [];

    private async Task MountAsync(MountPointState place, Action<string> note, CancellationToken cancel)
    {
        await new Mounter(place.Driver!, context).MountAsync(note, cancel);
        await place.Driver!.PersistAsync(cancel);
        Mounted.Add(place);
    }

    private PlannedMount Wait(MountPointState place) => new(
        place,
        (needs, after) => new Step($"wait for {place.Driver!.Storage.Source} on {place.LocalPath} to answer", async (note, token) =>
        {
            await new Mounter(place.Driver, context).WaitForAnswerAsync(note, token);
            await place.Driver.PersistAsync(token);
        })
        {
            Needs = needs,
            After = after,
        },
        Mounts: false);

    private async Task<PlannedMount> PlanMountAsync(MountPointState place, List<string> warnings, CancellationToken cancel)
    {
        var driver = place.Driver!;
        var refusal = MountPoint.Validate(context.Root, driver.LocalPath, state.Mounts) ?? await OvermountAsync(place, warnings, cancel);
        return refusal is not null ? Refused(place, refusal) : Mount(place);
    }

    /// <summary>What the directory itself has and the mount would hide: a warning, and for programs that run from /opt a reason not to mount.</summary>
    private async Task<AgentException?> OvermountAsync(MountPointState place, List<string> warnings, CancellationToken cancel)
    {
        var content = place.Mounted is null && place.Driver!.MakesDirectory ? await MountPoint.ContentAsync(place.Target, cancel) : [];
        if (content.Count == 0)
        {
            return null;
        }

        var named = string.Join(", ", content.Take(MaxNamed).Select(OutputText.OneLine)) + (content.Count > MaxNamed ? $" and {content.Count - MaxNamed} more" : "");
        if (place.Driver is GooseFsDriver)
        {
            return new AgentException(ErrorCode.MountConflict, $"GooseFS mounts on an empty directory only, and {place.LocalPath} has {named}", new("Move that away, or choose another local_path; nothing was touched.", "请移走其中的内容，或改用其他 local_path；未做任何改动。"));
        }

        if (place.LocalPath == NodePaths.Opt && !Force && await FileHolders.InspectAsync(place.Target, running: true, cancel) is { Users.Count: > 0 } running)
        {
            return new AgentException(ErrorCode.MountBusy, $"mounting over /opt would hide programs that run from it: {running.Summary}", new("End them or move them out of /opt, or mount over them with --force; nothing was touched.", "请结束这些程序或将其移出 /opt，或用 --force 强制覆盖挂载；未做任何改动。"));
        }

        warnings.Add($"the mount on {place.LocalPath} hides what the directory itself has: {named}");
        return null;
    }

    /// <summary>Unmounts what is there, where nobody uses it, and mounts what should be.</summary>
    private PlannedMount Again(MountPointState place, string reason) => new(
        place,
        (needs, after) => new Step($"{place.Driver!.Summary} anew", async (note, token) =>
        {
            // What a dead daemon left serves nobody, whoever still holds it.
            var detach = place.Answer!.Code == ErrorCode.MountDead ? DetachMode.Always : DetachMode.IfGone;
            await place.Driver.RequireClientAsync(token);
            await Unmounter.UnmountAsync(context.Root, place.LocalPath, place.Mounted!, place.Driver, detach, note, token);
            await place.Driver.PrepareAsync(note, token);
            await MountAsync(place, note, token);
        })
        {
            Needs = needs,
            After = after,
            Details = [$"umount {place.LocalPath}, because: {reason}", .. place.Driver.Commands],
        },
        Mounts: true);
}
