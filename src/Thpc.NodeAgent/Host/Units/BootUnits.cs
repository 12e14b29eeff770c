using System.Text.RegularExpressions;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Host.Units;

/// <summary>
/// The units that packages install and enable. A package's own scripts would start its daemon and wait for it; but slurmd is ordered
/// after the agent's own unit, so neither would ever end. So these scripts run with <see cref="Offline"/>, and afterwards systemd gets
/// start jobs for the new units, without waiting.
/// </summary>
internal sealed partial class BootUnits(NodeRoot root)
{
    /// <summary>Set to 1: systemctl enables and disables units, but starts none (systemd.io/ENVIRONMENT, since version 237).</summary>
    public const string Offline = "SYSTEMD_OFFLINE";

    // The targets of a boot. Units of others, such as sleep.target, must not start now.
    private static readonly string[] BootTargets =
        ["sysinit", "basic", "sockets", "timers", "paths", "remote-fs", "multi-user", "graphical"];

    private readonly IReadOnlySet<string> _before = Enabled(root);

    /// <summary>Starts the units that were enabled since this object was created.</summary>
    public async Task StartNewAsync(Action<string> note, CancellationToken cancel)
    {
        List<string> added = [.. Enabled(root).Except(_before).Order(StringComparer.Ordinal)];
        if (!Systemd.Runs(root))
        {
            return;
        }

        if (await Systemd.ReloadAsync(root, cancel) is { } problem)
        {
            note($"systemd could not reload the units of the new packages: {problem}");
        }

        if (added.Count == 0)
        {
            return;
        }

        // With this file a Debian administrator forbids packages to start daemons, such as in an image build.
        if (File.Exists(root.Locate("/usr/sbin/policy-rc.d")))
        {
            note($"not started because /usr/sbin/policy-rc.d exists: {string.Join(", ", added)}");
            return;
        }

        note((await Systemd.QueueStartAsync(added, cancel))?.English ?? $"started: {string.Join(", ", added)}");
    }

    /// <summary>The names of all enabled units that a boot starts, and of SysV init scripts without a unit of the same name.</summary>
    public static IReadOnlySet<string> Enabled(NodeRoot root)
    {
        var wanted = BootTargets.SelectMany(target => Entries(root, $"{NodePaths.Units}/{target}.target.wants"))
            .Select(path => Path.GetFileName(path));

        // A removed package leaves its script behind, but not executable.
        var scripts = Entries(root, "/etc/rc3.d").Where(ProgramFinder.IsExecutable)
            .Select(path => ScriptPattern().Match(Path.GetFileName(path))).Where(match => match.Success)
            .Select(match => $"{match.Groups["name"].Value}.service").Where(unit => !HasUnitFile(unit));
        return wanted.Concat(scripts).ToHashSet(StringComparer.Ordinal);

        bool HasUnitFile(string unit) => Array.Exists(
            [NodePaths.Units, "/lib/systemd/system", "/usr/lib/systemd/system"], folder => File.Exists(root.Locate($"{folder}/{unit}")));
    }

    /// <summary>The entries of a directory without dangling links, which removed packages leave behind.</summary>
    private static IEnumerable<string> Entries(NodeRoot root, string folder)
    {
        var directory = root.Locate(folder);
        return Directory.Exists(directory)
            ? Directory.EnumerateFileSystemEntries(directory)
                .Where(path => File.ResolveLinkTarget(path, returnFinalTarget: true) is null or { Exists: true })
            : [];
    }

    [GeneratedRegex(@"^S[0-9]{2}(?<name>[\w.@-]+)\z", RegexOptions.ExplicitCapture)]
    private static partial Regex ScriptPattern();
}
