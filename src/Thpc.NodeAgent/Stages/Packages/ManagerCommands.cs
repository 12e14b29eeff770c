using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Host.Units;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>The commands of each package manager, and their environment.</summary>
internal sealed class ManagerCommands(PackageFamily family, NodeRoot root)
{
    private static readonly string[] Proxies = ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];

    // apt waits only since 1.9.11 and only for dpkg's lock, and retries silently since 2.3.2. Both are disabled: the agent itself waits
    // and retries for every version and manager, and reports the lock holder.
    private static readonly string[] AptOptions = ["-o", "DPkg::Lock::Timeout=0", "-o", "Acquire::Retries=0"];

    private static readonly string[] AptInstall =
    [
        "apt-get", "-q", "-y", "-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold", "-o", "Dpkg::Use-Pty=0",
        .. AptOptions,
        "install", "--no-install-recommends",
    ];

    /// <summary>Runs the command with chroot unless the root is the running system.</summary>
    public static IReadOnlyList<string> InRoot(NodeRoot root, IReadOnlyList<string> command) =>
        root.IsLive ? command : ["chroot", root.Prefix, .. command];

    public IReadOnlyList<string> Install(IEnumerable<string> names) => InRoot(root, family switch
    {
        PackageFamily.Apt => [.. AptInstall, .. names],

        // Without exit_on_lock both wait forever, and their message appears too late.
        PackageFamily.Dnf or PackageFamily.Yum => [family.Program(), "-y", "--setopt=exit_on_lock=1", "install", .. names],
        _ => ["zypper", "--non-interactive", "install", "--no-recommends", .. names],
    });

    /// <summary>Reinstalls installed packages: unpacks their files and runs their scripts again.</summary>
    public IReadOnlyList<string> Reinstall(IEnumerable<string> names) => InRoot(root, family switch
    {
        PackageFamily.Apt => [.. AptInstall, "--reinstall", .. names],
        PackageFamily.Dnf or PackageFamily.Yum => [family.Program(), "-y", "--setopt=exit_on_lock=1", "reinstall", .. names],
        _ => ["zypper", "--non-interactive", "install", "--no-recommends", "--force", .. names],
    });

    /// <summary>Repairs unmet dependencies of installed packages; apt refuses other work before that.</summary>
    public IReadOnlyList<string> FixBroken() => InRoot(root, [.. AptInstall, "--fix-broken"]);

    /// <summary>Downloads apt's package lists; the other managers do that themselves.</summary>
    public IReadOnlyList<string> Update() => InRoot(root, ["apt-get", "-q", .. AptOptions, "update"]);

    /// <summary>Completes the work of a killed dpkg.</summary>
    public IReadOnlyList<string> FinishInterrupted() => InRoot(root, ["dpkg", "--force-confdef", "--force-confold", "--configure", "-a"]);

    /// <summary>Lists which of these names the repositories have, for <see cref="ParseKnown"/>.</summary>
    /// <param name="fetch">Whether the manager may download its lists.</param>
    public IReadOnlyList<string> Known(IEnumerable<string> names, bool fetch) => InRoot(root, family switch
    {
        PackageFamily.Apt => ["apt-cache", "policy", .. names],
        PackageFamily.Dnf =>
            ["dnf", "-q", .. fetch ? Array.Empty<string>() : ["-C"], "--setopt=exit_on_lock=1", "list", "--available", .. names],
        PackageFamily.Yum =>
            ["yum", "-q", .. fetch ? Array.Empty<string>() : ["-C"], "--setopt=exit_on_lock=1", "list", "available", .. names],
        _ => ["zypper", "--non-interactive", "--quiet", .. fetch ? Array.Empty<string>() : ["--no-refresh"], "search", "--match-exact",
            "--type", "package", .. names],
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
                case PackageFamily.Apt
                    when line.StartsWith("  Candidate: ", StringComparison.Ordinal) && !line.EndsWith("(none)", StringComparison.Ordinal):
                    known.Add(name);
                    break;

                // munge.x86_64      0.5.13-2.el8      appstream
                case PackageFamily.Dnf
                    or PackageFamily.Yum when line.Split(' ')[0] is var first && first.LastIndexOf('.') is > 0 and var dot:
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

    /// <summary>No prompts, English messages, the proxies, and nothing else of the agent's environment.</summary>
    public IReadOnlyDictionary<string, string> Environment()
    {
        var environment =
            new Dictionary<string, string>(ChildProcess.PlainEnvironment, StringComparer.Ordinal) { [BootUnits.Offline] = "1" };
        if (family == PackageFamily.Apt)
        {
            environment["DEBIAN_FRONTEND"] = "noninteractive";
            environment["DEBCONF_NONINTERACTIVE_SEEN"] = "true";
            environment["APT_LISTCHANGES_FRONTEND"] = "none";
            environment["UCF_FORCE_CONFFOLD"] = "1";

            // needrestart would restart services, including this agent, during boot.
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
