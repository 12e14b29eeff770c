using Thpc.NodeAgent.Config;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>CFS over NFS or as Turbo: mount(8) and a line of fstab.</summary>
internal sealed class CfsDriver(CfsStorage storage, DriverContext context) : StorageDriver(storage)
{
    private static readonly TimeSpan DialLimit = TimeSpan.FromSeconds(3);

    // Makes the missing directory from above it, inside a mount namespace that ends with the command: whatever kills it, no mount is left.
    // A link that somebody has put into the share would be followed to this node's own files.
    private const string MakeBelow = SafeWay.Walk + "mount --make-rprivate / 2>/dev/null; mount -t \"$1\" -o \"$2\" -- \"$3\" \"$4\" && walk \"$4\" \"$5\"";

    private readonly FstabEntry _entry = CfsMount.FstabEntry(storage, context.Config.Cluster.Id, context.Machine);
    private bool _triedToMake;
    private Action<string> _note = _ => { };

    public override string Description => $"{CfsMount.KernelType(storage.Protocol)} {storage.Source}";

    public override IReadOnlyList<string> Commands => [$"mount -t {CfsMount.MountType(storage.Protocol)} -o {CfsMount.MountOptions(storage)} {storage.Source} {LocalPath}"];

    public override string Reminder => $"fstab: {_entry.ToLine().TrimEnd()}";

    public override bool IsReadOnly => CfsMount.HasOption(CfsMount.MountOptions(storage), "ro");

    public override bool IsMounted(MountEntry entry) => CfsMount.IsMounted(storage, entry);

    /// <summary>Who is not root cannot tell which machine this is, and takes the line's word for it.</summary>
    public override bool IsRemembered(Fstab fstab) => fstab.At(LocalPath).Any(line => line.Entry!.Cluster is null
        ? CfsMount.IsSameSource(line.Entry.Source, storage.Source)
        : line.Entry == CfsMount.FstabEntry(storage, context.Config.Cluster.Id, MachineTag.Of(context.Machine, line.Entry.Machine)));

    /// <summary>Somebody else's line for the same place and another source would fight with ours at the next boot.</summary>
    public override AgentException? Objection(Fstab fstab) =>
        fstab.At(LocalPath).FirstOrDefault(line => line.Entry is { Cluster: null } other && !CfsMount.IsSameSource(other.Source, storage.Source)) is { } foreign
            ? new AgentException(
                ErrorCode.MountConflict,
                $"/etc/fstab line {foreign.Number}, which is not the agent's, has {foreign.Entry!.Source} for {LocalPath}, and {storage.Source} is wanted there",
                new("Remove or correct that line, or choose another local_path; nothing was touched.", "请删除或修正该行，或改用其他 local_path；未做任何改动。"))
            : null;

    public override Task DemandClientAsync(CancellationToken cancel)
    {
        var helper = CfsMount.Helper(storage.Protocol);
        if (Programs.Find(new NodeRoot("/"), helper) is null)
        {
            throw new AgentException(ErrorCode.MountHelperMissing, $"{Summary}: {helper} is not installed");
        }

        return storage.Protocol == CfsProtocol.Turbo && LustreClient.Objection(new NodeRoot("/")) is { } objection
            ? throw new AgentException(ErrorCode.MountHelperMissing, $"{Summary}: {objection}", new("Install the Lustre client that is built for the running kernel, or boot the kernel that it was built for.", "请安装与当前内核匹配的 Lustre 客户端，或启动该客户端对应的内核。"))
            : Task.CompletedTask;
    }

    public override async Task PrepareAsync(Action<string> note, CancellationToken cancel)
    {
        _note = note;
        var fstab = FstabWriter.Read(context.Root);
        if (Objection(fstab) is { } objection)
        {
            throw objection;
        }

        if (fstab.At(LocalPath).Any(line => line.Entry is { Cluster: not null } old && !CfsMount.IsSameSource(old.Source, storage.Source)))
        {
            // systemd would unmount what does not fit the unit that it made of the old line.
            await context.Fstab.ChangeAsync(text => text.Without(LocalPath), cancel, note);
            await context.Fstab.ReloadAsync(note, cancel);
            note($"an old line for {LocalPath} was taken out of fstab");
        }
    }

    public override async Task<MountFault?> BringUpAsync(string target, MountBudget budget, Action<string> note, CancellationToken cancel)
    {
        if (await Network.DialAnyAsync(CfsMount.Addresses(storage).Select(address => (address, CfsMount.Port(storage))), budget.AtMost(DialLimit), cancel) is { } silence)
        {
            return new MountFault(ErrorCode.MountUnreachable, silence, Retry: true);
        }

        var type = CfsMount.MountType(storage.Protocol);
        var options = CfsMount.MountOptions(storage);
        var limit = budget.Attempt;
        var result = await Tool.RunAsync(["mount", "-t", type, "-o", options, "--", storage.Source, target], limit, cancel, note: context.Root.RunningMount(LocalPath));
        if (result.TimedOut)
        {
            return new MountFault(ErrorCode.MountTimeout, $"no answer within {limit.TotalSeconds:0} s", Retry: true);
        }

        if (result.Succeeded)
        {
            return null;
        }

        var fault = MountFault.FromWords(result.Output, result.LastWords);
        if (fault.MayBeMissing && !_triedToMake)
        {
            _triedToMake = true;
            if (await MakeRemoteDirectoryAsync(type, options, target, budget, cancel) is { } made)
            {
                note($"the remote directory {storage.RemotePath} was missing and was made from {made}");
                return await BringUpAsync(target, budget, note, cancel);
            }
        }

        return fault;
    }

    public override Task RememberAsync(CancellationToken cancel) => context.Fstab.ChangeAsync(
        text => Objection(text) is { } objection ? throw objection
            : text.At(LocalPath).Any(line => line.Entry!.Cluster is null) ? text
            : text.With(_entry),
        cancel,
        _note);

    /// <returns>The directory from which the missing part was made; null where none would do.</returns>
    private async Task<string?> MakeRemoteDirectoryAsync(string type, string options, string target, MountBudget budget, CancellationToken cancel)
    {
        foreach (var (above, below) in CfsMount.Ancestors(storage))
        {
            var made = await Tool.RunAsync(
                ["unshare", "--mount", "--", "sh", "-c", MakeBelow, "sh", type, options, $"{storage.Server}:{above}", target, below],
                budget.Attempt,
                cancel);
            if (made.Succeeded)
            {
                return above;
            }
        }

        return null;
    }
}
