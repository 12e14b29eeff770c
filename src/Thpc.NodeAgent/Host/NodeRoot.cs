using System.Security.Cryptography;
using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Mounts;

namespace Thpc.NodeAgent.Host;

/// <summary>
/// The directory that is the node's `/`. All paths of the node are converted here, so that an unpacked image or a test directory works
/// like a running machine.
/// </summary>
internal sealed class NodeRoot(string directory)
{
    /// <summary>The suffix of the marker's next content, stored before its sources are removed from the node.</summary>
    public const string NextMarker = ".next";

    private readonly string _prefix = Path.GetFullPath(directory).TrimEnd('/');

    /// <summary>Whether it is the machine itself; only then systemd is involved.</summary>
    public bool IsLive => _prefix.Length == 0;

    /// <summary>The directory without a trailing slash; empty for the machine itself.</summary>
    public string Prefix => _prefix;

    public string Fstab => Locate(NodePaths.Fstab);

    public string Marker => On(NodePaths.Marker);

    public string StateDirectory => Locate(NodePaths.State);

    public string Report => Locate(NodePaths.Report);

    /// <summary>The report of an earlier run, as of <see cref="NodePaths.ReportBefore"/>.</summary>
    public string ReportBefore(int before) => Locate(NodePaths.ReportBefore(before));

    public string ReportCopy => Locate(NodePaths.ReportCopy);

    public string RunningSteps => Locate(NodePaths.RunningSteps);

    public string LogDirectory => Locate(NodePaths.Logs);

    public string RunDirectory => Locate(NodePaths.Run);

    public string Lock => Locate(NodePaths.Run + "/lock");

    public string Ready => Locate(NodePaths.Run + "/ready");

    /// <summary>Exists if /opt is usable or not configured: the condition for starting slurmctld and similar daemons.</summary>
    public string OptReady => Locate(NodePaths.Run + "/opt-ready");

    /// <summary>The pid file of the running init script.</summary>
    public string RunningScript => Locate(NodePaths.Run + "/script");

    /// <summary>The pid file of the running mount command for a local path.</summary>
    public string RunningMount(string localPath) => Locate($"{NodePaths.Run}/mount-{ShortHash(localPath)}");

    /// <summary>The pid file of the running probe of a mount point.</summary>
    public string RunningProbe(string target) => Locate($"{NodePaths.Run}/probe-{ShortHash(target)}");

    /// <summary>The counters of the NFS mounts at earlier times, for `health` and `doctor`.</summary>
    public string MountStatistics => Locate(NodePaths.Run + "/mountstats");

    /// <summary>The output of the package manager in the last run that called it.</summary>
    public string PackagesLog => Locate(NodePaths.PackageLog);

    /// <summary>State of package installations for later runs: whether one was interrupted, and which package scripts failed.</summary>
    public string PackagesState => Locate(NodePaths.State + "/packages.json");

    /// <summary>Lines and units of other clusters or machines that were removed from fstab and systemd.</summary>
    public string RemovedStorage => Locate(NodePaths.RemovedStorage);

    public string Machine => Locate(NodePaths.Machine);

    /// <summary>Messages of `guard` for the next report.</summary>
    public string GuardNotes => Locate(NodePaths.State + "/guard-notes");

    public string CosCredentials => Locate(NodePaths.CosCredentials);

    /// <summary>The kernel's random id of this boot (random(4)).</summary>
    public string BootId => On("/proc/sys/kernel/random/boot_id");

    /// <summary>Converts an absolute path of the node to a path of this process. Does not resolve links.</summary>
    public string On(string path) => _prefix + path;

    /// <summary>
    /// Converts a fixed path of the node to a path of this process. Links of an unpacked image would lead out of it, so they are resolved
    /// inside the root.
    /// </summary>
    /// <exception cref="AgentException">MOUNT_UNSAFE_PATH, as from <see cref="Resolve"/>.</exception>
    public string Locate(string path) => IsLive ? path : On(Resolve(path));

    /// <summary>
    /// Resolves all symbolic links of an absolute path of the node, inside the root. Parts that do not exist stay unchanged.
    /// </summary>
    /// <param name="mounts">
    /// If given, paths on or below a mount that may block are not inspected: its server may be dead.
    /// </param>
    /// <exception cref="AgentException">
    /// MOUNT_UNSAFE_PATH: links form a circle, or a link is owned by a user other than root and the user of this process.
    /// </exception>
    public string Resolve(string path, MountTree? mounts = null) =>
        TryResolve(path, out var real, mounts) is { } problem ? throw new AgentException(problem) : real;

    /// <summary>Like <see cref="Resolve"/>, with the problem as a value.</summary>
    /// <param name="real">The resolved path; <paramref name="path"/> itself if there is a problem.</param>
    /// <returns>MOUNT_UNSAFE_PATH; null if the path was resolved.</returns>
    public Error? TryResolve(string path, out string real, MountTree? mounts = null)
    {
        real = path;
        var left = new Stack<string>(path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        List<string> done = [];

        // The number of parts up to the mount that may block and contains the path.
        var blocking = int.MaxValue;
        for (var links = 0; left.TryPop(out var part);)
        {
            if (part is "." or "..")
            {
                if (part == ".." && done.Count > 0)
                {
                    done.RemoveAt(done.Count - 1);
                    blocking = done.Count < blocking ? int.MaxValue : blocking;
                }

                continue;
            }

            if (done.Count >= blocking)
            {
                done.Add(part);
                continue;
            }

            var here = On("/" + string.Join('/', done.Append(part)));
            var mount = mounts?.At(here);
            if (mount is { MayBlock: true })
            {
                done.Add(part);
                blocking = done.Count;
                continue;
            }

            var target = mount is null ? new FileInfo(here).LinkTarget : null;
            if (target is null)
            {
                done.Add(part);
                continue;
            }

            if (++links > 40)
            {
                return new Error(ErrorCode.MountUnsafePath, Messages.LinkCircle(path));
            }

            if (PathTrust.ForeignOwner(FileStatus.Read(here, link: true)?.UserId) is { } foreign)
            {
                return new Error(
                    ErrorCode.MountUnsafePath,
                    Messages.ForeignLink(path, here[_prefix.Length..], $"{foreign}"));
            }

            if (target.StartsWith('/'))
            {
                done.Clear();
            }

            foreach (var piece in target.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
            {
                left.Push(piece);
            }
        }

        real = "/" + string.Join('/', done);
        return null;
    }

    private static string ShortHash(string path) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)))[..16];
}
