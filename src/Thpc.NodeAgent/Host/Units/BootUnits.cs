using System.Text.RegularExpressions;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Host.Units;

/// <summary>
/// The units that packages bring and enable. Their own scripts start a daemon and wait until it runs; but slurmd is ordered after
/// the unit that the agent runs in, so neither would ever end, or slurmd would be started before /opt is there. The scripts run with
/// <see cref="Offline"/> therefore, and afterwards systemd is asked for what is new, without waiting: each starts when its turn comes.
/// </summary>
internal sealed partial class BootUnits(NodeRoot root)
{
    /// <summary>Set to 1, systemctl enables and disables and leaves what runs alone (systemd.io/ENVIRONMENT, since version 237).</summary>
    public const string Offline = "SYSTEMD_OFFLINE";

    // What a machine starts by itself; of others, such as sleep.target, nothing is to be started now.
    private static readonly string[] Starters = ["sysinit", "basic", "sockets", "timers", "paths", "remote-fs", "multi-user", "graphical"];

    private readonly IReadOnlySet<string> _before = Enabled(root);

    /// <summary>Starts what has been enabled since this object was made.</summary>
    public async Task StartNewAsync(Action<string> note, CancellationToken cancel)
    {
        List<string> fresh = [.. Enabled(root).Except(_before).Order(StringComparer.Ordinal)];
        if (!Systemd.Runs(root))
        {
            return;
        }

        if (await Systemd.ReloadAsync(root, cancel) is { } problem)
        {
            note($"systemd was not told of the new packages: {problem}");
        }

        if (fresh.Count == 0)
        {
            return;
        }

        // Debian's word of an administrator who wants no daemon to be started by a package, as for an image.
        if (File.Exists(root.Locate("/usr/sbin/policy-rc.d")))
        {
            note($"not started, for there is /usr/sbin/policy-rc.d: {string.Join(", ", fresh)}");
            return;
        }

        note(await Systemd.QueueStartAsync(fresh, cancel) ?? $"started: {string.Join(", ", fresh)}");
    }

    /// <summary>Names of all units that a boot starts because somebody enabled them; an old init script counts where no unit has its name.</summary>
    public static IReadOnlySet<string> Enabled(NodeRoot root)
    {
        var wanted = Starters.SelectMany(target => Entries(root, $"{NodePaths.Units}/{target}.target.wants")).Select(path => Path.GetFileName(path));

        // A package that was removed leaves its script behind, not executable.
        var scripts = Entries(root, "/etc/rc3.d").Where(ProgramFinder.IsExecutable).Select(path => ScriptPattern().Match(Path.GetFileName(path))).Where(match => match.Success).Select(match => $"{match.Groups["name"].Value}.service")
            .Where(unit => !Array.Exists([NodePaths.Units, "/lib/systemd/system", "/usr/lib/systemd/system"], folder => File.Exists(root.Locate($"{folder}/{unit}"))));
        return wanted.Concat(scripts).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Links that lead to something; a package that was removed leaves its own behind.</summary>
    private static IEnumerable<string> Entries(NodeRoot root, string folder) =>
        Directory.Exists(root.Locate(folder)) ? Directory.EnumerateFileSystemEntries(root.Locate(folder)).Where(path => File.ResolveLinkTarget(path, returnFinalTarget: true) is null or { Exists: true }) : [];

    [GeneratedRegex(@"^S[0-9]{2}(?<name>[\w.@-]+)\z", RegexOptions.ExplicitCapture)]
    private static partial Regex ScriptPattern();
}
