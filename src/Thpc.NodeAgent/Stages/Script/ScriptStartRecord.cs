using System.Text.Json;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;

namespace Thpc.NodeAgent.Stages.Script;

/// <summary>A boot in which a script was begun.</summary>
internal sealed record ScriptStart(string BootId, DateTimeOffset BegunAt);

/// <summary>
/// A file beside a script's marker that lists the boots in which the script was begun and did not end. A script that reboots the
/// machine while it runs would otherwise do so at every boot.
/// </summary>
/// <param name="Sha256">
/// Of the content, in upper-case hex: a corrected script starts at zero, and so do other arguments and a clone of the machine.
/// </param>
/// <param name="Boots">Oldest first, each boot once.</param>
internal sealed record ScriptStartRecord(
    string Script, string Sha256, IReadOnlyList<string> Args, MachineIdentity Instance, IReadOnlyList<ScriptStart> Boots)
{
    /// <summary>In so many boots a script may be begun without an end.</summary>
    private const int MaxBoots = 2;

    public static string PathOf(string markerPath) => Path.ChangeExtension(markerPath, ".begun");

    /// <summary>What there is about this script in this form; without boots where there is nothing, or nothing that can be read.</summary>
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

    /// <summary>Adds this boot before the script is run in it.</summary>
    /// <param name="logPath">Of the script's output, for the hint.</param>
    /// <exception cref="AgentException">SCRIPT_REBOOT_LOOP: it was begun in two other boots and did not end.</exception>
    public ScriptStartRecord In(string bootId, DateTimeOffset now, string logPath)
    {
        // The same boot counts once, and may begin it again: its agent was killed, and no reboot came of it.
        if (Boots.Any(boot => boot.BootId == bootId))
        {
            return this;
        }

        if (Boots.Count >= MaxBoots)
        {
            var times = string.Join(" and ", Boots.Select(boot => $"{boot.BegunAt:yyyy-MM-dd HH:mm:ss}Z (boot {Short(boot.BootId)})"));
            throw new AgentException(
                ErrorCode.ScriptRebootLoop,
                $"{Script} was begun at {times} and did not end; boot {Short(bootId)} does not run it again",
                new(
                    $"{ErrorCode.ScriptRebootLoop.Hint.English} Log: {logPath}",
                    $"{ErrorCode.ScriptRebootLoop.Hint.Chinese}日志：{logPath}"));
        }

        return this with { Boots = [.. Boots, new ScriptStart(bootId, now)] };
    }

    /// <summary>Must outlive a power cut: what comes next may be a reboot.</summary>
    /// <exception cref="AgentException">NO_SPACE.</exception>
    public void Write(string path)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(this, ScriptMarkerContext.Default.ScriptStartRecord);
        DiskSpace.Guard(path, () => AtomicFile.Write(path, json));
    }

    private static string Short(string bootId) => bootId[..Math.Min(8, bootId.Length)];
}
