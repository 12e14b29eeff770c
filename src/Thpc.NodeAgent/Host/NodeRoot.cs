using System.Security.Cryptography;
using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Mounts;

namespace Thpc.NodeAgent.Host;

/// <summary>
/// The directory that counts as the node's `/`. Every path the agent touches goes through it, so that an unpacked image
/// or a test's directory is treated exactly like a running machine.
/// </summary>
internal sealed class NodeRoot(string directory)
{
    /// <summary>Behind the marker's name: what it will say, from when nothing else on the node says it any more until it is written.</summary>
    public const string NextMarker = ".next";

    private readonly string _prefix = Path.GetFullPath(directory).TrimEnd('/');

    /// <summary>Whether it is the machine itself: only there systemd is told of changes.</summary>
    public bool IsLive => _prefix.Length == 0;

    /// <summary>Empty on the machine itself, else the directory without a trailing slash.</summary>
    public string Prefix => _prefix;

    public string Fstab => Locate(NodePaths.Fstab);

    public string Marker => On(NodePaths.Marker);

    public string StateDirectory => Locate(NodePaths.State);

    public string Report => Locate(NodePaths.Report);

    public string LogDirectory => Locate(NodePaths.Logs);

    public string RunDirectory => Locate(NodePaths.Run);

    public string Lock => Locate(NodePaths.Run + "/lock");

    public string Ready => Locate(NodePaths.Run + "/ready");

    /// <summary>What slurmctld and its like need of a run: /opt is usable, or none is configured.</summary>
    public string OptReady => Locate(NodePaths.Run + "/opt-ready");

    /// <summary>Which process the init script is that runs now.</summary>
    public string RunningScript => Locate(NodePaths.Run + "/script");

    /// <summary>Which process it is that mounts there now.</summary>
    public string RunningMount(string localPath) => Locate($"{NodePaths.Run}/mount-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(localPath)))[..16]}");

    /// <summary>Which process it is that asks whether the file system there answers.</summary>
    public string RunningProbe(string target) => Locate($"{NodePaths.Run}/probe-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(target)))[..16]}");

    /// <summary>What the package manager printed, of the last run that called it.</summary>
    public string PackagesLog => Locate(NodePaths.PackageLog);

    /// <summary>What an installation of packages leaves for later runs: whether it was cut short, and which scripts failed.</summary>
    public string PackagesState => Locate(NodePaths.State + "/packages.json");

    /// <summary>What was taken out of fstab and of the units, because it was another cluster's or machine's.</summary>
    public string RemovedStorage => Locate(NodePaths.State + "/removed-storage");

    /// <summary>What `guard` did before there was a report to say it in.</summary>
    public string GuardNotes => Locate(NodePaths.State + "/guard-notes");

    public string CosCredentials => Locate(NodePaths.CosCredentials);

    /// <summary>The kernel's random id of this boot (random(4)).</summary>
    public string BootId => On("/proc/sys/kernel/random/boot_id");

    /// <summary>Where an absolute path of the node is for this process.</summary>
    public string On(string path) => _prefix + path;

    /// <summary>
    /// Where a fixed path of the node is for this process. The machine itself follows its links; those of an unpacked image would lead out
    /// of it, and are followed here as the node would.
    /// </summary>
    /// <exception cref="AgentException">MOUNT_UNSAFE_PATH, as from <see cref="Resolve"/>.</exception>
    public string Locate(string path) => IsLive ? path : On(Resolve(path));

    /// <summary>
    /// Follows every symbolic link of an absolute path of the node, links' targets being paths of the node too.
    /// Parts that do not exist stay as they are.
    /// </summary>
    /// <param name="mounts">
    /// What is mounted: nothing on or below a mount that may block is looked at then, for its server may be dead and the look never end.
    /// </param>
    /// <exception cref="AgentException">MOUNT_UNSAFE_PATH when links go round in circles, or one is another user's than root and who runs this.</exception>
    public string Resolve(string path, MountTree? mounts = null)
    {
        var left = new Stack<string>(path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        List<string> done = [];

        // How many parts lead to the mount that may block and that the path is in.
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
                throw new AgentException(ErrorCode.MountUnsafePath, $"{path}: its symbolic links lead in a circle");
            }

            if (PathTrust.ForeignOwner(FileStatus.Read(here, link: true)?.UserId) is { } foreign)
            {
                throw new AgentException(ErrorCode.MountUnsafePath, $"{path}: {here[_prefix.Length..]} is a symbolic link of user {foreign}'s, who can lead it anywhere");
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

        return "/" + string.Join('/', done);
    }
}
