using System.Text.Json;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;

namespace Thpc.NodeAgent.Stages.Script;

/// <summary>A boot in which a script was started.</summary>
internal sealed record ScriptStart(string BootId, DateTimeOffset BegunAt);

/// <summary>
/// A file beside a script's marker that lists the boots in which the script was started and did not finish. Without it, a script that
/// reboots the machine would do so at every boot.
/// </summary>
/// <param name="Sha256">
/// SHA-256 of the script, in upper-case hex. Another script, other arguments or another machine (a clone) start with an empty list.
/// </param>
/// <param name="Boots">Oldest first, each boot once.</param>
internal sealed record ScriptStartRecord(
    string Script, string Sha256, IReadOnlyList<string> Args, MachineIdentity Instance, IReadOnlyList<ScriptStart> Boots)
{
    /// <summary>Number of boots in which a script may be started without finishing.</summary>
    private const int MaxBoots = 2;

    public static string PathOf(string markerPath) => Path.ChangeExtension(markerPath, ".begun");

    /// <summary>Reads the record; without boots if the file is missing, unreadable, or for another script or machine.</summary>
    public static ScriptStartRecord Read(string path, InitScript script, string sha256, MachineIdentity here)
    {
        var none = new ScriptStartRecord(script.DisplayName, sha256, script.Args, here, []);
        try
        {
            return RegularFile.ReadBytes(path) is { } json
                && JsonSerializer.Deserialize(json, ScriptMarkerContext.Default.ScriptStartRecord) is { } found
                && found.Sha256 == sha256 && found.Args.SequenceEqual(script.Args, StringComparer.Ordinal) && found.Instance.IsSameAs(here)
                && found.Boots.All(boot => boot is not null)
                ? found : none;
        }
        catch (JsonException)
        {
            return none;
        }
    }

    /// <summary>Adds this boot, before the script is started in it.</summary>
    /// <param name="logPath">Path of the script's log, for the hint.</param>
    /// <exception cref="AgentException">SCRIPT_REBOOT_LOOP: the script was started in two other boots and did not finish.</exception>
    public ScriptStartRecord AddBoot(string bootId, DateTimeOffset now, string logPath)
    {
        // A boot counts once: if the agent was killed without a reboot, the same boot may start the script again.
        if (Boots.Any(boot => boot.BootId == bootId))
        {
            return this;
        }

        if (Boots.Count >= MaxBoots)
        {
            var times = Boots.Select(boot => Messages.StartedAt($"{boot.BegunAt:yyyy-MM-dd HH:mm:ss}Z", Short(boot.BootId)))
                .Aggregate((earlier, later) => earlier + Messages.And + later);
            throw new AgentException(
                ErrorCode.ScriptRebootLoop,
                Messages.RebootLoop(Script, times, Short(bootId)),
                Hints.WithLog(ErrorCode.ScriptRebootLoop, logPath));
        }

        return this with { Boots = [.. Boots, new ScriptStart(bootId, now)] };
    }

    /// <summary>Writes the record durably, since the script may reboot the machine next.</summary>
    /// <exception cref="AgentException">NO_SPACE.</exception>
    public void Write(string path)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(this, ScriptMarkerContext.Default.ScriptStartRecord);
        DiskSpace.Guard(path, () => AtomicFile.Write(path, json));
    }

    private static string Short(string bootId) => bootId[..Math.Min(8, bootId.Length)];
}
