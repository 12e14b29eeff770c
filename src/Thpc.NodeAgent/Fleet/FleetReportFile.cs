using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Fleet;

/// <summary>
/// A report in a directory that thousands of nodes share: one file made and one renamed, no listing and no lock. It is done by a child,
/// for the directory's server may be dead, and what waits for that in this process would hold up its end.
/// </summary>
internal static class FleetReportFile
{
    /// <summary>What leaving it may take: thousands of nodes may do so at the same moment.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private const int MaxNameLength = 200;

    // $1 what is left; $2 and $3 the directory; $4 the temporary name in it, which nobody else uses; $5 the name.
    private const string Leave = DirectoryWalk.Walk +
        """
        umask 022
        walk "$2" "$3"
        dd if="$1" of="./$4" bs=1M conv=excl,fsync status=none && mv -f -T -- "./$4" "./$5" || { code=$?; rm -f -- "./$4"; exit "$code"; }
        """;

    /// <summary>
    /// Makes the directory if it is missing (0755) and replaces the file in it (0644): whoever looks finds the old report or the new one,
    /// whole, whenever this process, its child or the machine dies.
    /// </summary>
    /// <param name="directory">On the node, its links followed; one that comes in its place meanwhile is not.</param>
    /// <param name="run">The run's id, for a temporary name that two machines of the same name do not share.</param>
    /// <returns>Why it could not be left; null where it was.</returns>
    public static async Task<string?> WriteAsync(NodeRoot root, string directory, string node, string run, byte[] report)
    {
        var name = FileName(node);
        var source = Path.Combine(root.RunDirectory, "fleet-report.json");
        try
        {
            // The child cannot be given it by standard input, and an argument may be too short for it.
            Directory.CreateDirectory(root.RunDirectory);
            AtomicFile.Write(source, report, durable: false);
            var left = await ProgramRunner.RunAsync(
                ["sh", "-c", Leave, "sh", source, root.On("/"), directory, $".{name}.{SafeName(run)}.tmp", name],
                Limit,
                CancellationToken.None).WaitAsync(Limit * 1.1);
            return left.Succeeded ? null : left.TimedOut ? Silence() : left.LastWords;
        }
        catch (TimeoutException)
        {
            // It cannot even be killed; its end is not waited for.
            return Silence();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            return e.Message;
        }
        finally
        {
            File.Delete(source);
        }
    }

    /// <summary>NODE.json, without what a file's name cannot have or a reader passes over; different for different nodes.</summary>
    public static string FileName(string node) => SafeName(node) + ".json";

    private static string Silence() => $"its file system did not answer within {Limit.TotalSeconds:0} s";

    private static string SafeName(string text)
    {
        var safe = string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '_')).TrimStart('.');
        return safe == text && safe.Length is > 0 and <= MaxNameLength
            ? safe
            : $"{safe[..Math.Min(safe.Length, MaxNameLength)]}-{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)))[..8]}";
    }
}
