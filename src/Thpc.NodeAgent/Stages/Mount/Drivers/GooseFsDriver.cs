using System.Globalization;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Network;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Host.Units;

namespace Thpc.NodeAgent.Stages.Mount.Drivers;

/// <summary>GooseFS: the vendor's FUSE client, in a systemd unit where systemd runs.</summary>
internal sealed class GooseFsDriver(GooseFsStorage storage, DriverContext context) : StorageDriver(storage)
{
    private static readonly TimeSpan DialLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    // `goosefs-fuse umount` waits up to two minutes for pending writes.
    private static readonly TimeSpan UnmountLimit = TimeSpan.FromSeconds(150);

    private readonly UnitFiles _units = new(context.Root);
    private readonly string _name = GooseFsUnit.NameFor(storage.LocalPath);
    private GooseFsClient? _client;
    private bool _wroteUnit;

    public override string Description => $"goosefs {storage.Source}";

    public override IReadOnlyList<string> Commands => [$"goosefs-fuse mount {LocalPath} {storage.RemotePath}"];

    public override string PersistedAs => $"unit: /etc/systemd/system/{_name}";

    /// <summary>Whether the GooseFS client, and no other FUSE program, made this mount: its type or source contains "goosefs".</summary>
    public static bool IsClient(MountEntry entry) =>
        entry.IsWhole && (entry.Type == "fuse" || entry.Type.StartsWith("fuse.", StringComparison.Ordinal))
        && NameContains(entry, "goosefs") && !NameContains(entry, "goosefsx");

    /// <summary>Whether the type or the source contains this word.</summary>
    public static bool NameContains(MountEntry entry, string word) =>
        entry.Type.Contains(word, StringComparison.OrdinalIgnoreCase) || entry.Source.Contains(word, StringComparison.OrdinalIgnoreCase);

    /// <summary>The mount table shows neither masters nor remote path, so the unit is compared.</summary>
    public override bool IsMounted(MountEntry entry) => IsClient(entry) && (WrittenUnit is not { } unit || unit.Storage == storage);

    public override bool IsPersisted(IReadOnlyList<BootMount> boot) =>
        _units.Read(_name) is { } text && GooseFsUnit.Parse(text) is { } unit
        && (ExpectedUnit(unit.Fuse) with { Machine = MachineFingerprint.Normalize(context.Machine, unit.Machine) }).Text == text
        && _units.IsEnabled(_name);

    public override async Task RequireClientAsync(CancellationToken cancel)
    {
        var home = context.Config.Clients.GooseFsHome;
        _client ??= await GooseFsClient.FindAsync(context.Root, home, cancel) ?? throw new AgentException(
            ErrorCode.MountHelperMissing,
            NotMounted(home is null
                ? Messages.NoGooseFsClient(string.Join(", ", GooseFsClient.Places))
                : Messages.NoGooseFsIn(home)),
            Hints.InstallGooseFsClient);
    }

    public override async Task<MountFault?> TryMountAsync(string target, Deadline deadline, Action<string> note, CancellationToken cancel)
    {
        if (await TcpProbe.DialAnyAsync(storage.Masters.Select(Address), deadline.CapAt(DialLimit), cancel) is { } problem)
        {
            return new MountFault(ErrorCode.MountUnreachable, problem, Retry: true);
        }

        await _client!.ConfigureAsync(text => GooseFsProperties.With(text, storage.Masters), cancel);
        var limit = deadline.Attempt;
        var start = TimeProvider.System.GetTimestamp();
        var result = await StartAsync(target, limit, note, cancel);
        if (result.TimedOut)
        {
            return new MountFault(
                ErrorCode.MountTimeout, "goosefs-fuse " + Host.Messages.DidNotFinishWithin($"{limit.TotalSeconds:0}"), Retry: true);
        }

        if (!result.Succeeded)
        {
            return new MountFault(ErrorCode.MountFailed, Messages.GooseFsFailed(result.LastOutput, _client.Home), Retry: true);
        }

        // The daemon of goosefs-fuse mounts in the background.
        while (MountTree.Read().At(target) is not { } shown || !IsClient(shown))
        {
            if (TimeProvider.System.GetElapsedTime(start) >= limit)
            {
                break;
            }

            await Task.Delay(PollInterval, cancel);
        }

        return null;
    }

    public override async Task CleanUpAfterFailureAsync(CancellationToken cancel)
    {
        if (_wroteUnit)
        {
            await UnpersistAsync(_ => { }, cancel);
        }
    }

    public override async Task PersistAsync(CancellationToken cancel)
    {
        await RequireClientAsync(cancel);
        if (!IsPersisted([]))
        {
            _units.Write(_name, ExpectedUnit(_client!.Fuse).Text);
            _units.Enable(_name);
            context.Fstab.MarkChanged();
        }

        _wroteUnit = false;
    }

    /// <summary>Stops and removes the unit.</summary>
    public async Task UnpersistAsync(Action<string> note, CancellationToken cancel)
    {
        if (Systemd.Runs(context.Root))
        {
            await Systemd.ControlAsync("stop", _name, UnmountLimit, cancel);
        }

        _units.Delete(_name);
        context.Fstab.MarkChanged();
        await context.Fstab.ReloadAsync(note, cancel);
    }

    public override async Task<ProgramResult> StopAndUnmountAsync(string target, CancellationToken cancel)
    {
        if (Systemd.Runs(context.Root) && _units.Read(_name) is not null)
        {
            await Systemd.ControlAsync("stop", _name, UnmountLimit, cancel);
        }
        else if (await GooseFsClient.FindAsync(context.Root, context.Config.Clients.GooseFsHome, cancel) is { } client)
        {
            await ProgramRunner.RunAsync([context.Root.On(client.Fuse), "umount", target], UnmountLimit, cancel);
        }

        // The unit or client may have failed, or may not have made this mount.
        return MountTree.Read().At(target) is { } left && IsClient(left)
            ? await UnmountAsync(target, cancel)
            : new ProgramResult(0, "", TimedOut: false);
    }

    private GooseFsUnit? WrittenUnit => _units.Read(_name) is { } text ? GooseFsUnit.Parse(text) : null;

    private static (string Host, int Port) Address(string master)
    {
        var colon = master.LastIndexOf(':');
        return (master[..colon], int.Parse(master.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture));
    }

    private GooseFsUnit ExpectedUnit(string fuse) => new(storage, fuse, context.Config.Cluster.Id, context.Machine);

    private async Task<ProgramResult> StartAsync(string target, TimeSpan limit, Action<string> note, CancellationToken cancel)
    {
        if (!Systemd.Runs(context.Root))
        {
            string[] command = [context.Root.On(_client!.Fuse), "mount", target, storage.RemotePath];
            return await ProgramRunner.RunAsync(command, limit, cancel, pidFile: context.Root.RunningMount(LocalPath));
        }

        var text = ExpectedUnit(_client!.Fuse).Text;
        var old = _units.Read(_name);
        if (old != text)
        {
            _wroteUnit = true;
            _units.Write(_name, text);
            context.Fstab.MarkChanged();
            if (old is not null)
            {
                // systemd finds a new unit without a reload, but does not see a changed one.
                await context.Fstab.ReloadAsync(note, cancel);
            }
        }

        return await Systemd.ControlAsync("restart", _name, limit, cancel);
    }
}
