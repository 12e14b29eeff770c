using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Network;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Stages.Mount.Fstab;

namespace Thpc.NodeAgent.Stages.Mount.Drivers;

/// <summary>CFS over NFS or as Turbo: mount(8) and a line of fstab.</summary>
internal sealed class CfsDriver(CfsStorage storage, DriverContext context) : StorageDriver(storage)
{
    private static readonly TimeSpan DialLimit = TimeSpan.FromSeconds(3);

    // Makes the missing directory from above it, inside a mount namespace that ends with the command: whatever kills it, no mount is left.
    // A link that somebody has put into the share would be followed to this node's own files.
    private const string MakeBelow = DirectoryWalk.Walk + "mount --make-rprivate / 2>/dev/null; mount -t \"$1\" -o \"$2\" -- \"$3\" \"$4\" && walk \"$4\" \"$5\"";

    private readonly FstabEntry _entry = CfsMount.ToFstabEntry(storage, context.Config.Cluster.Id, context.Machine);
    private bool _triedToMake;
    private Action<string> _note = _ => { };

    public override string Description => $"{CfsMount.KernelType(storage.Protocol)} {storage.Source}";

    public override IReadOnlyList<string> Commands => [$"mount -t {CfsMount.MountType(storage.Protocol)} -o {CfsMount.MountOptions(storage)} {storage.Source} {LocalPath}"];

    public override string PersistedAs => $"fstab: {_entry.ToLine().TrimEnd()}";

    public override bool IsReadOnly => CfsMount.HasOption(CfsMount.MountOptions(storage), "ro");

    public override bool IsMounted(MountEntry entry) =>
        entry.IsWhole && entry.Type == CfsMount.KernelType(storage.Protocol) && IsSameSource(entry.Source);

    /// <summary>mount.lustre turns names into addresses, and a line of fstab may have either.</summary>
    public override Task ResolveAsync(IEnumerable<string> sources, TimeSpan limit, CancellationToken cancel)
    {
        var wanted = CfsSource.Parse(storage.Source, IsLustre);
        var others = sources.Select(source => CfsSource.Parse(source, IsLustre))
            .Where(other => other.Path == wanted.Path && !other.Servers.SetEquals(wanted.Servers)).ToList();
        return others.Count == 0
            ? Task.CompletedTask
            : NameLookup.TryAllAsync(others.SelectMany(other => other.Names).Concat(wanted.Names), limit, cancel);
    }

    /// <summary>A user other than root cannot tell which machine this is, and takes the line's word for it.</summary>
    public override bool IsPersisted(IReadOnlyList<BootMount> boot) => boot.Any(IsPersistedBy);

    /// <summary>Somebody else's line or unit for the same place and another source would fight with ours at the next boot.</summary>
    public override AgentException? Validate(IReadOnlyList<BootMount> boot) =>
        boot.FirstOrDefault(entry => !entry.IsOwn && entry.IsMountedAtBoot && !IsSameSource(entry.Source)) is { } foreign
            ? new AgentException(
                ErrorCode.MountConflict,
                $"{foreign.Name}, which is not the agent's, has {foreign.Source} for {LocalPath}, and {storage.Source} is wanted there",
                new("Remove or correct it, or choose another local_path; nothing was touched.", "请删除或修正它，或改用其他 local_path；未做任何改动。"))
            : null;

    /// <summary>The entry that systemd takes has the right source and mounts it as something else, or there are several.</summary>
    public override AgentException? BootDifference(IReadOnlyList<BootMount> boot)
    {
        List<BootMount> all = [.. boot.Where(entry => entry.IsMountedAtBoot)];
        if (all is [{ IsOwn: false } first, ..] && CfsMount.ProtocolOf(first.Type, first.Options) != storage.Protocol)
        {
            return new AgentException(
                ErrorCode.MountConflict,
                $"{first.Name}, which is not the agent's, mounts {first.Source} at {LocalPath} as {first.Type} ({first.Options}), "
                + $"and {Description} is wanted there",
                new("Correct its type and version, or remove it.", "请修正其类型和版本，或将其删除。"));
        }

        return all.Count > 1
            ? new AgentException(
                ErrorCode.FstabDuplicate,
                $"{string.Join(" and ", all.Select(entry => entry.Name))} are each for {LocalPath}: a boot takes the first, `mount -a` all of them")
            : null;
    }

    public override Task RequireClientAsync(CancellationToken cancel)
    {
        var helper = CfsMount.Helper(storage.Protocol);
        if (ProgramFinder.Find(new NodeRoot("/"), helper) is null)
        {
            throw new AgentException(ErrorCode.MountHelperMissing, $"{Summary}: {helper} is not installed");
        }

        return storage.Protocol == CfsProtocol.Turbo && LustreClient.Validate(new NodeRoot("/")) is { } problem
            ? throw new AgentException(ErrorCode.MountHelperMissing, $"{Summary}: {problem}", new("Install the Lustre client that is built for the running kernel, or boot the kernel that it was built for.", "请安装与当前内核匹配的 Lustre 客户端，或启动该客户端对应的内核。"))
            : Task.CompletedTask;
    }

    public override async Task PrepareAsync(Action<string> note, CancellationToken cancel)
    {
        _note = note;
        var mounts = MountTree.Read();
        var boot = BootMounts(FstabWriter.Read(context.Root), mounts);
        if (Validate(boot) is { } problem)
        {
            throw problem;
        }

        if (boot.Any(entry => entry.IsOwn && !IsSameSource(entry.Source)))
        {
            // systemd would unmount what does not fit the unit that it made of the old line.
            await context.Fstab.ChangeAsync(text => text.Without(line => IsOwnLine(line, mounts)), cancel, note);
            await context.Fstab.ReloadAsync(note, cancel);
            note($"an old line for {LocalPath} was taken out of fstab");
        }
    }

    public override async Task<MountFault?> BringUpAsync(string target, Deadline deadline, Action<string> note, CancellationToken cancel)
    {
        if (IsLustre)
        {
            await NameLookup.TryAllAsync(CfsSource.Parse(storage.Source, lustre: true).Names, deadline.AtMost(DialLimit), cancel);
        }

        if (await TcpProbe.DialAnyAsync(CfsMount.Addresses(storage).Select(address => (address, CfsMount.Port(storage))), deadline.AtMost(DialLimit), cancel) is { } silence)
        {
            return new MountFault(ErrorCode.MountUnreachable, silence, Retry: true);
        }

        var type = CfsMount.MountType(storage.Protocol);
        var options = CfsMount.MountOptions(storage);
        var limit = deadline.Attempt;
        string[] command = ["mount", "-t", type, "-o", options, "--", storage.Source, target];
        var result = await ProgramRunner.RunAsync(command, limit, cancel, pidFile: context.Root.RunningMount(LocalPath));
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
            if (await MakeRemoteDirectoryAsync(type, options, target, deadline, cancel) is { } made)
            {
                note($"the remote directory {storage.RemotePath} was missing and was made from {made}");
                return await BringUpAsync(target, deadline, note, cancel);
            }
        }

        return fault;
    }

    public override Task PersistAsync(CancellationToken cancel) => context.Fstab.ChangeAsync(
        fstab =>
        {
            var mounts = MountTree.Read();
            var boot = BootMounts(fstab, mounts);
            if (Validate(boot) is { } problem)
            {
                throw problem;
            }

            // An entry of another program for the same source is enough; the agent's own beside it would be a second one.
            return IsPersisted(boot)
                ? fstab
                : fstab.Without(line => IsOwnLine(line, mounts) && line.Entry!.MountPoint != _entry.MountPoint).With(_entry);
        },
        cancel,
        _note);

    private bool IsLustre => storage.Protocol == CfsProtocol.Turbo;

    private bool IsSameSource(string source) =>
        CfsSource.Parse(storage.Source, IsLustre).Is(CfsSource.Parse(source, IsLustre), NameLookup.Found);

    private bool IsPersistedBy(BootMount entry) => entry switch
    {
        { IsMountedAtBoot: false } => false,
        { IsOwn: false } => IsSameSource(entry.Source),
        { Line.Entry: { } own } => IsAsGood(own),
        _ => false,
    };

    /// <summary>Whether a line of the agent's says the same as the one it would write, in whatever words.</summary>
    private bool IsAsGood(FstabEntry own)
    {
        static bool IsForFstabAlone(string word) => word == "nofail" || word.StartsWith("x-", StringComparison.Ordinal);
        HashSet<string> Meaning(FstabEntry entry)
        {
            var options = string.Join(',', CfsOptions.Words(entry.Options).Where(word => !IsForFstabAlone(word)));
            return [.. CfsOptions.Words(CfsOptions.Own(storage.Protocol, options) ?? "")];
        }

        var wanted = CfsMount.ToFstabEntry(storage, context.Config.Cluster.Id, MachineFingerprint.Normalize(context.Machine, own.Machine));
        return own.Type == wanted.Type && IsSameSource(own.Source) && Meaning(own).SetEquals(Meaning(wanted))
            && CfsOptions.Words(wanted.Options).Where(IsForFstabAlone).All(CfsOptions.Words(own.Options).Contains);
    }

    private string Place(MountTree mounts) => BootMount.Lead(context.Root, LocalPath, mounts);

    private IReadOnlyList<BootMount> BootMounts(FstabDocument fstab, MountTree mounts)
    {
        var place = Place(mounts);
        return [.. BootMount.Read(context.Root, fstab, mounts).Where(entry => entry.Place == place)];
    }

    private bool IsOwnLine(FstabLine line, MountTree mounts) => BootMount.IsOwnLine(line, context.Root, Place(mounts), mounts);

    /// <returns>The directory from which the missing part was made; null where none would do.</returns>
    private async Task<string?> MakeRemoteDirectoryAsync(string type, string options, string target, Deadline deadline, CancellationToken cancel)
    {
        foreach (var (above, below) in CfsMount.Ancestors(storage))
        {
            var made = await ProgramRunner.RunAsync(
                ["unshare", "--mount", "--", "sh", "-c", MakeBelow, "sh", type, options, $"{storage.Server}:{above}", target, below],
                deadline.Attempt,
                cancel);
            if (made.Succeeded)
            {
                return above;
            }
        }

        return null;
    }
}
