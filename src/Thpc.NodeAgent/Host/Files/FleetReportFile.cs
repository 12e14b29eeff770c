using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>
/// Writes a report into a directory that thousands of nodes share: creates one file and renames it, without listing or locking. A child
/// process does this, because the directory's server may be dead, and a blocked call would keep this process from exiting.
/// </summary>
internal static class FleetReportFile
{
    /// <summary>Limit for writing one report; thousands of nodes may write at the same moment.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private const int MaxNameLength = 200;

    // $1 the report; $2 and $3 the directory; $4 a temporary name in it that no other node uses; $5 the final name.
    private const string CopyScript = DirectoryWalk.Walk +
        """
        umask 022
        walk "$2" "$3"
        dd if="$1" of="./$4" bs=1M conv=excl,fsync status=none && mv -f -T -- "./$4" "./$5" || { code=$?; rm -f -- "./$4"; exit "$code"; }
        """;

    /// <summary>
    /// Creates the directory if it is missing (0755) and replaces the node's file in it (0644). Readers always find the old or the new
    /// report complete, even if this process, its child or the machine dies.
    /// </summary>
    /// <param name="directory">The resolved path on the node. Links that replace a part of it meanwhile are not followed.</param>
    /// <param name="run">The run's id. It keeps the temporary names of two machines with the same name apart.</param>
    /// <returns>Why the report could not be written; null if it was.</returns>
    public static async Task<string?> WriteAsync(NodeRoot root, string directory, string node, string run, byte[] report)
    {
        var name = FileName(node);
        var source = Path.Combine(root.RunDirectory, "fleet-report.json");
        try
        {
            // The child's standard input is not available, and an argument may be too short for the report.
            Directory.CreateDirectory(root.RunDirectory);
            AtomicFile.Write(source, report, durable: false);
            var result = await ProgramRunner.RunAsync(
                ["sh", "-c", CopyScript, "sh", source, root.On("/"), directory, $".{name}.{SafeName(run)}.tmp", name],
                Limit,
                CancellationToken.None).WaitAsync(Limit * 1.1);
            return result.Succeeded ? null : result.TimedOut ? TimeoutMessage() : result.LastOutput;
        }
        catch (TimeoutException)
        {
            // The child blocks in the kernel and cannot be killed: do not wait for it.
            return TimeoutMessage();
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

    /// <summary>Returns NODE.json without unsafe characters and leading dots; different for different nodes.</summary>
    public static string FileName(string node) => SafeName(node) + ".json";

    private static string TimeoutMessage() => $"its file system did not answer within {Limit.TotalSeconds:0} s";

    private static string SafeName(string text)
    {
        var safe = string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '_')).TrimStart('.');
        if (safe == text && safe.Length is > 0 and <= MaxNameLength)
        {
            return safe;
        }

        var hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text));
        return $"{safe[..Math.Min(safe.Length, MaxNameLength)]}-{Convert.ToHexStringLower(hash)[..8]}";
    }
}
