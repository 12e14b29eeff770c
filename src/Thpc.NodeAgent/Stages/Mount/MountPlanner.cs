using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>Makes a step that needs some to have succeeded and comes after others.</summary>
internal delegate Step MakeStep(IReadOnlyList<Step> needs, IReadOnlyList<Step> after);

/// <summary>What one place needs.</summary>
internal sealed class MountPlanner(DriverContext context, Survey survey)
{
    private const int MostNamed = 5;

    public bool Force { get; init; }

    public bool Repair { get; init; }

    /// <param name="leaves">Whether what is mounted there now is taken away by an earlier step.</param>
    /// <returns>Null where everything is as it should be, or nothing can be done.</returns>
    public async Task<MakeStep?> PlanAsync(Place place, bool leaves, List<string> warnings, CancellationToken cancel)
    {
        var driver = place.Driver!;
        if (place.Mounted is not { } present || leaves)
        {
            return await PlanMountAsync(place, warnings, cancel);
        }

        if (place.BootProblem is { Code: var code } objection && code == ErrorCode.MountConflict)
        {
            return Refused(driver, objection);
        }

        if (!place.IsRight)
        {
            return Repair && present.IsShared ? Again(place, "something else is mounted there") : Refused(driver, new AgentException(ErrorCode.MountConflict, driver.Conflict(present)));
        }

        if (place.Answer!.IsGone)
        {
            return Again(place, place.Answer.Words);
        }

        if (place.Answer.Code is not null)
        {
            return Repair ? null : (needs, after) => new Step($"wait for {driver.Storage.Source} on {driver.LocalPath} to answer", async (note, token) =>
            {
                await new Mounter(driver, context).WaitForAnswerAsync(note, token);
                await driver.RememberAsync(token);
            })
            {
                Needs = needs,
                After = after,
            };
        }

        if (place.IsReadOnlyByMistake)
        {
            if (Repair)
            {
                return Again(place, "it is read-only");
            }

            warnings.Add(place.Problem!.Message);
        }

        return driver.IsRemembered(place.Fstab) ? null : (needs, after) => new Step($"have the next boot mount {driver.LocalPath}", (_, token) => driver.RememberAsync(token))
        {
            Needs = needs,
            After = after,
            Details = Reminder(place),
        };
    }

    private static MakeStep Refused(StorageDriver driver, AgentException refusal) =>
        (needs, after) => Step.Refused(driver.Summary, refusal, needs, after);

    private static string[] Reminder(Place place) => place.Driver!.Reminder is { } reminder && !place.Driver.IsRemembered(place.Fstab) ? [reminder] : [];

    private async Task<MakeStep> PlanMountAsync(Place place, List<string> warnings, CancellationToken cancel)
    {
        var driver = place.Driver!;
        var refusal = MountPoint.Objection(context.Root, driver.LocalPath, survey.Mounts) ?? driver.Objection(place.Fstab) ?? await ShadowAsync(place, warnings, cancel);
        if (refusal is not null)
        {
            return Refused(driver, refusal);
        }

        return (needs, after) => new Step(driver.Summary, async (note, token) =>
        {
            await driver.PrepareAsync(note, token);
            await new Mounter(driver, context).MountAsync(note, token);
            await driver.RememberAsync(token);
        })
        {
            Needs = needs,
            After = after,
            Details = [.. driver.Commands, .. Reminder(place)],
        };
    }

    /// <summary>What the mount would hide: told, and for programs that run from /opt a reason not to.</summary>
    private async Task<AgentException?> ShadowAsync(Place place, List<string> warnings, CancellationToken cancel)
    {
        var content = place.Mounted is null && place.Driver!.MakesDirectory ? await MountPoint.ContentAsync(place.Target, cancel) : [];
        if (content.Count == 0)
        {
            return null;
        }

        var named = string.Join(", ", content.Take(MostNamed).Select(Words.OneLine)) + (content.Count > MostNamed ? $" and {content.Count - MostNamed} more" : "");
        if (place.Driver is GooseFsDriver)
        {
            return new AgentException(ErrorCode.MountConflict, $"GooseFS mounts on an empty directory only, and {place.LocalPath} has {named}", new("Move that away, or choose another local_path; nothing was touched.", "请移走其中的内容，或改用其他 local_path；未做任何改动。"));
        }

        if (place.LocalPath == "/opt" && !Force && await FileUsers.LookAsync(place.Target, running: true, cancel) is { Users.Count: > 0 } running)
        {
            return new AgentException(ErrorCode.MountBusy, $"mounting over /opt would hide programs that run from it: {running.Words}", new("End them or move them out of /opt, or mount over them with --force; nothing was touched.", "请结束这些程序或将其移出 /opt，或用 --force 强制覆盖挂载；未做任何改动。"));
        }

        warnings.Add($"the mount on {place.LocalPath} hides what the directory itself has: {named}");
        return null;
    }

    /// <summary>Unmounts what is there, where nobody uses it, and mounts what should be.</summary>
    private MakeStep Again(Place place, string reason) =>
        (needs, after) => new Step($"{place.Driver!.Summary} anew", async (note, token) =>
        {
            // What a dead daemon left serves nobody, whoever still holds it.
            var detach = place.Answer!.Code == ErrorCode.MountDead ? Detach.Always : Detach.IfGone;
            await place.Driver.DemandClientAsync(token);
            await Unmounter.UnmountAsync(context.Root, place.LocalPath, place.Target, place.Driver, detach, note, token);
            await place.Driver.PrepareAsync(note, token);
            await new Mounter(place.Driver, context).MountAsync(note, token);
            await place.Driver.RememberAsync(token);
        })
        {
            Needs = needs,
            After = after,
            Details = [$"umount {place.LocalPath}, because: {reason}", .. place.Driver.Commands],
        };
}
