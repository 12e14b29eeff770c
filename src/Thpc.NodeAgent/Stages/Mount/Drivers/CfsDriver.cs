using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Network;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Stages.Mount.Fstab;

namespace Thpc.NodeAgent.Stages.Mount.Drivers;

/// <summary>CFS over NFS or as Turbo (Lustre): uses mount(8) and an fstab line.</summary>
internal sealed class CfsDriver(CfsStorage storage, DriverContext context) : StorageDriver(storage)
{
    internal static readonly TimeSpan DialLimit = TimeSpan.FromSeconds(3);

    // Mounts a parent of the missing directory and creates the directory there. It runs in a private mount namespace, so no mount stays
    // behind if it is killed. `walk` follows no links, since a link in the share could lead to this node's own files.
    private const string CreateBelowScript = DirectoryWalk.Walk
        + "mount --make-rprivate / 2>/dev/null; mount -t \"$1\" -o \"$2\" -- \"$3\" \"$4\" && walk \"$4\" \"$5\"";

    private readonly FstabEntry _entry = CfsMount.ToFstabEntry(storage, context.Config.Cluster.Id, context.Machine);
    private bool _triedToCreate;
    private Action<string> _note = _ => { };

    public override string Description => $"{CfsMount.KernelType(storage.Protocol)} {storage.Source}";

    public override IReadOnlyList<string> Commands =>
        [$"mount -t {CfsMount.MountType(storage.Protocol)} -o {CfsMount.MountOptions(storage)} {storage.Source} {LocalPath}"];

    public override string PersistedAs => $"fstab: {_entry.ToLine().TrimEnd()}";

    public override bool IsReadOnly => CfsMount.HasOption(CfsMount.MountOptions(storage), "ro");

    public override bool IsMounted(MountEntry entry) =>
        entry.IsWhole && entry.Type == CfsMount.KernelType(storage.Protocol) && IsSameSource(entry.Source);

    /// <summary>Looks up names, because mount.lustre turns names into addresses and fstab may contain either.</summary>
    public override Task ResolveAsync(IEnumerable<string> sources, TimeSpan limit, CancellationToken cancel)
    {
        var wanted = CfsSource.Parse(storage.Source, IsLustre);
        var others = sources.Select(source => CfsSource.Parse(source, IsLustre))
            .Where(other => other.Path == wanted.Path && !other.Servers.SetEquals(wanted.Servers)).ToList();
        return others.Count == 0
            ? Task.CompletedTask
            : NameLookup.TryAllAsync(others.SelectMany(other => other.Names).Concat(wanted.Names), limit, cancel);
    }

    public override bool IsPersisted(IReadOnlyList<BootMount> boot) => boot.Any(IsPersistedBy);

    /// <summary>A line or unit that the agent did not write, for the same path but another source, conflicts at the next boot.</summary>
    public override Error? Validate(IReadOnlyList<BootMount> boot) =>
        boot.FirstOrDefault(entry => !entry.IsOwn && entry.IsMountedAtBoot && !IsSameSource(entry.Source)) is { } foreign
            ? new Error(
                ErrorCode.MountConflict,
                Messages.ForeignSource(foreign.Name, foreign.Source, LocalPath, storage.Source),
                Hints.CorrectBootEntry)
            : null;

    /// <summary>The entry that systemd uses has the right source but another type or version, or there are several entries.</summary>
    public override Error? BootDifference(IReadOnlyList<BootMount> boot)
    {
        List<BootMount> all = [.. boot.Where(entry => entry.IsMountedAtBoot)];
        if (all is [{ IsOwn: false } first, ..] && CfsMount.ProtocolOf(first.Type, first.Options) != storage.Protocol)
        {
            return new Error(
                ErrorCode.MountConflict,
                Messages.ForeignType(first.Name, first.Source, LocalPath, $"{first.Type} ({first.Options})", Description),
                Hints.CorrectTypeAndVersion);
        }

        return all.Count > 1
            ? new Error(
                ErrorCode.FstabDuplicate,
                Messages.SeveralEntries(
                    all.Skip(1).Aggregate(all[0].Name, (names, entry) => names + Messages.And + entry.Name), LocalPath))
            : null;
    }

    public override Task RequireClientAsync(CancellationToken cancel)
    {
        var helper = CfsMount.Helper(storage.Protocol);
        if (ProgramFinder.Find(new NodeRoot("/"), helper) is null)
        {
            throw new AgentException(ErrorCode.MountHelperMissing, NotMounted(Messages.NotInstalled(helper)));
        }

        return storage.Protocol == CfsProtocol.Turbo && LustreClient.Validate(new NodeRoot("/")) is { } problem
            ? throw new AgentException(ErrorCode.MountHelperMissing, NotMounted(problem), Hints.InstallLustreClient)
            : Task.CompletedTask;
    }

    public override async Task PrepareAsync(Action<string> note, CancellationToken cancel)
    {
        _note = note;
        var mounts = MountTree.Read();
        var boot = BootMounts(FstabWriter.Read(context.Root), mounts);
        if (Validate(boot) is { } problem)
        {
            throw new AgentException(problem);
        }

        if (boot.Any(entry => entry.IsOwn && !IsSameSource(entry.Source)))
        {
            // If this run is killed after the mount, fstab must not name the old source.
            await context.Fstab.ChangeAsync(text => text.Without(line => IsOwnLine(line, mounts)), cancel, note);
            note($"removed an old line for {LocalPath} from fstab");
        }
    }

    public override Task WarmUpAsync(CancellationToken cancel) => context.Servers.DialAnyAsync(Endpoints, DialLimit, cancel);

    public override async Task<MountFault?> TryMountAsync(string target, Deadline deadline, Action<string> note, CancellationToken cancel)
    {
        if (IsLustre)
        {
            await NameLookup.TryAllAsync(CfsSource.Parse(storage.Source, lustre: true).Names, deadline.CapAt(DialLimit), cancel);
        }

        if (await context.Servers.DialAnyAsync(Endpoints, deadline.CapAt(DialLimit), cancel) is { } problem)
        {
            return new MountFault(ErrorCode.MountUnreachable, problem, Retry: true);
        }

        var type = CfsMount.MountType(storage.Protocol);
        var options = CfsMount.MountOptions(storage);
        var limit = deadline.Attempt;
        string[] command = ["mount", "-t", type, "-o", options, "--", storage.Source, target];
        var result = await ProgramRunner.RunAsync(command, limit, cancel, pidFile: context.Root.RunningMount(LocalPath));
        if (result.TimedOut)
        {
            context.Servers.Forget(Endpoints);
            return new MountFault(
                ErrorCode.MountTimeout, Host.Messages.NoAnswerWithin($"{limit.TotalSeconds:0}"), Retry: true);
        }

        if (result.Succeeded)
        {
            return null;
        }

        context.Servers.Forget(Endpoints);
        var fault = MountFault.FromOutput(result.Output, result.LastOutput);
        if (fault.MayBeMissing && !_triedToCreate)
        {
            _triedToCreate = true;
            if (await CreateRemoteDirectoryAsync(type, options, target, deadline, cancel) is { } parent)
            {
                note($"created the missing remote directory {storage.RemotePath} by mounting {parent}");
                return await TryMountAsync(target, deadline, note, cancel);
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
                throw new AgentException(problem);
            }

            // An entry of another program for the same source is enough; a line of the agent would duplicate it.
            return IsPersisted(boot)
                ? fstab
                : fstab.Without(line => IsOwnLine(line, mounts) && line.Entry!.MountPoint != _entry.MountPoint).With(_entry);
        },
        cancel,
        _note);

    private IReadOnlyList<(string Host, int Port)> Endpoints =>
        [.. CfsMount.Addresses(storage).Select(address => (address, CfsMount.Port(storage)))];

    private bool IsLustre => storage.Protocol == CfsProtocol.Turbo;

    private bool IsSameSource(string source) =>
        CfsSource.Parse(storage.Source, IsLustre).IsSameAs(CfsSource.Parse(source, IsLustre), NameLookup.Found);

    private bool IsPersistedBy(BootMount entry) => entry switch
    {
        { IsMountedAtBoot: false } => false,
        { IsOwn: false } => IsSameSource(entry.Source),
        { Line.Entry: { } own } => IsEquivalent(own),
        _ => false,
    };

    /// <summary>Whether a line of the agent means the same as the line it would write now, however the options are spelled.</summary>
    private bool IsEquivalent(FstabEntry own)
    {
        static bool IsFstabOption(string option) => option == "nofail" || option.StartsWith("x-", StringComparison.Ordinal);
        HashSet<string> MountOptions(FstabEntry entry)
        {
            var options = string.Join(',', CfsOptions.Split(entry.Options).Where(option => !IsFstabOption(option)));
            return [.. CfsOptions.Split(CfsOptions.Own(storage.Protocol, options) ?? "")];
        }

        // A user other than root cannot read this machine's fingerprint; Normalize then takes the line's.
        var machine = MachineFingerprint.Normalize(context.Machine, own.Machine);
        var expected = CfsMount.ToFstabEntry(storage, context.Config.Cluster.Id, machine);
        return own.Type == expected.Type && IsSameSource(own.Source) && MountOptions(own).SetEquals(MountOptions(expected))
            && CfsOptions.Split(expected.Options).Where(IsFstabOption).All(CfsOptions.Split(own.Options).Contains);
    }

    private string ResolvePath(MountTree mounts) => BootMount.ResolveMountPoint(context.Root, LocalPath, mounts);

    private IReadOnlyList<BootMount> BootMounts(FstabDocument fstab, MountTree mounts)
    {
        var resolved = ResolvePath(mounts);
        return [.. BootMount.Read(context.Root, fstab, mounts).Where(entry => entry.ResolvedPath == resolved)];
    }

    private bool IsOwnLine(FstabLine line, MountTree mounts) => BootMount.IsOwnLine(line, context.Root, ResolvePath(mounts), mounts);

    /// <returns>The parent directory in which the missing part was created; null where that failed for all of them.</returns>
    private async Task<string?> CreateRemoteDirectoryAsync(
        string type, string options, string target, Deadline deadline, CancellationToken cancel)
    {
        foreach (var (above, below) in CfsMount.Ancestors(storage))
        {
            var created = await ProgramRunner.RunAsync(
                [
                    "unshare", "--mount", "--", "sh", "-c", CreateBelowScript, "sh",
                    type, options, $"{storage.Server}:{above}", target, below,
                ],
                deadline.Attempt,
                cancel);
            if (created.Succeeded)
            {
                return above;
            }
        }

        return null;
    }
}
