using Thpc.NodeAgent.Config;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>
/// Mounts the cluster's storage and remembers it in fstab: /opt first, then by depth, whatever does not depend on one another
/// side by side.
/// </summary>
internal sealed class MountStage(NodeConfig config, NodeRoot root) : IStage
{
    public string Name => "mount";

    public async Task<StagePlan> PlanAsync(CancellationToken cancel)
    {
        if (config.Storage.Count == 0)
        {
            return StagePlan.Nothing("no storage is configured");
        }

        var mounts = MountTable.Read();
        var fstab = FstabWriter.Read(root);
        var writer = new FstabWriter(root);
        var wanted = config.Storage.OrderBy(storage => storage.LocalPath != "/opt").ThenBy(Depth).ThenBy(storage => storage.LocalPath, StringComparer.Ordinal).ToList();
        var looks = await Task.WhenAll(wanted.Select(storage => LookAsync(storage, mounts, fstab, writer, cancel)));

        var steps = new Dictionary<string, Step>(StringComparer.Ordinal);
        List<string> inPlace = [];
        foreach (var (storage, make) in wanted.Zip(looks))
        {
            if (make is null)
            {
                inPlace.Add(storage.LocalPath);
                continue;
            }

            // A file system mounted below another would vanish under it; /opt has the software that others may need.
            Step[] above = [.. steps.Where(other => LocalPath.IsAtOrBelow(storage.LocalPath, other.Key)).Select(other => other.Value)];
            Step[] first = steps.TryGetValue("/opt", out var opt) ? [opt] : [];
            steps[storage.LocalPath] = make(above, first);
        }

        Step[] all = [.. steps.Values];
        if (all.Length > 0 && Systemd.Runs(root))
        {
            // Once for all of them: it takes seconds where there are many units.
            all = [.. all, new Step("have systemd read fstab again", (_, token) => writer.ReloadAsync(token)) { After = all, MayFail = true, Details = ["systemctl daemon-reload, if fstab was changed"] }];
        }

        return new StagePlan(all, inPlace.Count > 0 ? $"in place already: {string.Join(", ", inPlace)}" : null, config.Mount.Parallelism);
    }

    private delegate Step MakeStep(IReadOnlyList<Step> needs, IReadOnlyList<Step> after);

    private static int Depth(Storage storage) => storage.LocalPath.Count(c => c == '/');

    /// <returns>Null where everything is as it should be.</returns>
    private async Task<MakeStep?> LookAsync(Storage wanted, MountTable mounts, Fstab fstab, FstabWriter writer, CancellationToken cancel)
    {
        if (wanted is not CfsStorage storage)
        {
            return (needs, after) => new Step($"mount {wanted.LocalPath}", (_, _) => throw new AgentException(
                ErrorCode.MountHelperMissing, $"{wanted.LocalPath}: GooseFS and GooseFSx are not mounted by this version", "Take it out of the configuration and mount it with the vendor's client."))
            { Needs = needs, After = after };
        }

        var entry = CfsMount.FstabEntry(storage, config.Cluster.Id);
        var target = root.On(root.Resolve(storage.LocalPath, mounts));
        var lines = fstab.At(storage.LocalPath).ToList();
        var remember = !lines.Exists(line => line.Entry == entry || (line.Entry!.Cluster is null && CfsMount.IsSameSource(line.Entry.Source, storage.Source)));
        var line = $"fstab: {entry.ToLine().TrimEnd()}";
        if (mounts.At(target) is not { } present)
        {
            return (needs, after) => new Step($"mount {storage.Source} on {storage.LocalPath}", (note, token) => MountAsync(storage, entry, writer, note, token))
            {
                Needs = needs,
                After = after,
                Details = [$"mount -t {CfsMount.MountType(storage.Protocol)} -o {CfsMount.MountOptions(storage)} {storage.Source} {storage.LocalPath}", .. remember ? [line] : Array.Empty<string>()],
            };
        }

        if (!CfsMount.IsMounted(storage, present))
        {
            var message = CfsMount.Conflict(storage, present);
            return (needs, after) => new Step($"mount {storage.Source} on {storage.LocalPath}", (_, _) => throw new AgentException(ErrorCode.MountConflict, message))
            {
                Needs = needs,
                After = after,
                Details = [$"would fail: {message}"],
            };
        }

        if (!(await MountPoint.ProbeAsync(target, config.Mount.AttemptTimeout, cancel)).Succeeded)
        {
            return (needs, after) => new Step($"wait for {storage.Source} on {storage.LocalPath} to answer", async (note, token) =>
            {
                await new Mounter(storage, config.Mount, root).WaitForAnswerAsync(note, token);
                await RememberAsync(storage, entry, writer, token);
            })
            {
                Needs = needs,
                After = after,
            };
        }

        return remember
            ? (needs, after) => new Step($"write {storage.LocalPath} to fstab", (_, token) => RememberAsync(storage, entry, writer, token))
            {
                Needs = needs,
                After = after,
                Details = [line],
            }
            : null;
    }

    private async Task MountAsync(CfsStorage storage, FstabEntry entry, FstabWriter writer, Action<string> note, CancellationToken cancel)
    {
        var lines = FstabWriter.Read(root).At(storage.LocalPath).ToList();
        GuardForeign(storage, lines);
        if (lines.Exists(line => line.Entry is { Cluster: not null } old && !CfsMount.IsSameSource(old.Source, storage.Source)))
        {
            // systemd would unmount what does not fit the unit that it made of the old line.
            await writer.ChangeAsync(fstab => fstab.Without(storage.LocalPath), cancel);
            await writer.ReloadAsync(cancel);
            note($"an old line for {storage.LocalPath} was taken out of fstab");
        }

        await new Mounter(storage, config.Mount, root).MountAsync(note, cancel);
        await RememberAsync(storage, entry, writer, cancel);
    }

    private async Task RememberAsync(CfsStorage storage, FstabEntry entry, FstabWriter writer, CancellationToken cancel)
    {
        var lines = FstabWriter.Read(root).At(storage.LocalPath).ToList();
        GuardForeign(storage, lines);
        if (!lines.Exists(line => line.Entry!.Cluster is null))
        {
            await writer.ChangeAsync(fstab => fstab.With(entry), cancel);
        }
    }

    /// <summary>Somebody else's line for the same place and another source would fight with ours at the next boot.</summary>
    private static void GuardForeign(CfsStorage storage, List<FstabLine> lines)
    {
        if (lines.Find(line => line.Entry is { Cluster: null } other && !CfsMount.IsSameSource(other.Source, storage.Source)) is { } foreign)
        {
            throw new AgentException(
                ErrorCode.MountConflict,
                $"/etc/fstab line {foreign.Number}, which is not the agent's, has {foreign.Entry!.Source} for {storage.LocalPath}, and the configuration wants {storage.Source}",
                "Remove or correct that line, or choose another local_path; nothing was touched.");
        }
    }
}
