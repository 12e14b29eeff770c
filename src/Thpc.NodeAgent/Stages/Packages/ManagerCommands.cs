using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Host.Units;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>The exact commands of each manager, and the environment they run in.</summary>
internal sealed class ManagerCommands(PackageFamily family, NodeRoot root)
{
    private static readonly string[] Proxies = ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];

    // apt waits for its lock since 1.9.11 only, and only for dpkg's, and retries in silence since 2.3.2:
    // the agent does both for every version and manager alike, and names whom it waits for.
    private static readonly string[] AptOptions = ["-o", "DPkg::Lock::Timeout=0", "-o", "Acquire::Retries=0"];

    private static readonly string[] AptInstall =
    [
        "apt-get", "-q", "-y", "-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold", "-o", "Dpkg::Use-Pty=0", .. AptOptions,
        "install", "--no-install-recommends",
    ];

    /// <summary>A command for a node that is a directory here runs inside it.</summary>
    public static IReadOnlyList<string> InRoot(NodeRoot root, IReadOnlyList<string> command) => root.IsLive ? command : ["chroot", root.Prefix, .. command];

    public IReadOnlyList<string> Install(IEnumerable<string> names) => InRoot(root, family switch
    {
        PackageFamily.Apt => [.. AptInstall, .. names],

        // Both would wait for ever without a word that is seen in time.
        PackageFamily.Dnf or PackageFamily.Yum => [family.Program(), "-y", "--setopt=exit_on_lock=1", "install", .. names],
        _ => ["zypper", "--non-interactive", "install", "--no-recommends", .. names],
    });

    /// <summary>Installs packages again that are there: their files are unpacked and their scripts run once more.</summary>
    public IReadOnlyList<string> Reinstall(IEnumerable<string> names) => InRoot(root, family switch
    {
        PackageFamily.Apt => [.. AptInstall, "--reinstall", .. names],
        PackageFamily.Dnf or PackageFamily.Yum => [family.Program(), "-y", "--setopt=exit_on_lock=1", "reinstall", .. names],
        _ => ["zypper", "--non-interactive", "install", "--no-recommends", "--force", .. names],
    });

    /// <summary>Mends unmet dependencies among what is installed, which apt wants before anything else.</summary>
    public IReadOnlyList<string> FixBroken() => InRoot(root, [.. AptInstall, "--fix-broken"]);

    /// <summary>Fetches apt's lists; the others see to that by themselves.</summary>
    public IReadOnlyList<string> Update() => InRoot(root, ["apt-get", "-q", .. AptOptions, "update"]);

    /// <summary>Finishes what a dpkg that was killed left half done.</summary>
    public IReadOnlyList<string> FinishInterrupted() => InRoot(root, ["dpkg", "--force-confdef", "--force-confold", "--configure", "-a"]);

    /// <summary>Which of these names the repositories have, for <see cref="ParseKnown"/>.</summary>
    /// <param name="fetch">Whether the manager may fetch its lists for that.</param>
    public IReadOnlyList<string> Known(IEnumerable<string> names, bool fetch) => InRoot(root, family switch
    {
        PackageFamily.Apt => ["apt-cache", "policy", .. names],
        PackageFamily.Dnf => ["dnf", "-q", .. fetch ? Array.Empty<string>() : ["-C"], "--setopt=exit_on_lock=1", "list", "--available", .. names],
        PackageFamily.Yum => ["yum", "-q", .. fetch ? Array.Empty<string>() : ["-C"], "--setopt=exit_on_lock=1", "list", "available", .. names],
        _ => ["zypper", "--non-interactive", "--quiet", .. fetch ? Array.Empty<string>() : ["--no-refresh"], "search", "--match-exact", "--type", "package", .. names],
    });

    public IReadOnlySet<string> ParseKnown(string output)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        var name = "";
        foreach (var line in output.Split('\n'))
        {
            switch (family)
            {
                // munge:
                //   Installed: (none)
                //   Candidate: 0.5.15-2
                case PackageFamily.Apt when line is [not ' ', .., ':']:
                    name = line[..^1];
                    break;
                case PackageFamily.Apt when line.StartsWith("  Candidate: ", StringComparison.Ordinal) && !line.EndsWith("(none)", StringComparison.Ordinal):
                    known.Add(name);
                    break;

                // munge.x86_64      0.5.13-2.el8      appstream
                case PackageFamily.Dnf or PackageFamily.Yum when line.Split(' ')[0] is var first && first.LastIndexOf('.') is > 0 and var dot:
                    known.Add(first[..dot]);
                    break;

                //   | munge | An authentication service | package
                case PackageFamily.Zypper when line.Split('|') is [_, var cell, _, ..]:
                    known.Add(cell.Trim());
                    break;
                default:
                    break;
            }
        }

        return known;
    }

    /// <summary>No prompt, English words, the way to the repositories, and nothing else of our own environment.</summary>
    public IReadOnlyDictionary<string, string> Environment()
    {
        var environment = new Dictionary<string, string>(ChildProcess.PlainEnvironment, StringComparer.Ordinal) { [BootUnits.Offline] = "1" };
        if (family == PackageFamily.Apt)
        {
            environment["DEBIAN_FRONTEND"] = "noninteractive";
            environment["DEBCONF_NONINTERACTIVE_SEEN"] = "true";
            environment["APT_LISTCHANGES_FRONTEND"] = "none";
            environment["UCF_FORCE_CONFFOLD"] = "1";

            // It would restart services, ours among them, in the middle of a boot.
            environment["NEEDRESTART_SUSPEND"] = "1";
        }
        else if (family == PackageFamily.Zypper)
        {
            environment["ZYPP_LOCK_TIMEOUT"] = "0";
        }

        foreach (var proxy in Proxies)
        {
            if (System.Environment.GetEnvironmentVariable(proxy) is { Length: > 0 } value)
            {
                environment[proxy] = value;
            }
        }

        return environment;
    }
}
