using System.Globalization;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>Finds processes by a tag in their environment, independent of their parents, groups and sessions.</summary>
internal static class Tagged
{
    /// <returns>The first lines of a script that put the tag (NAME=VALUE) in the environment of the script and all its processes.</returns>
    public static string Bash(string tag) => $"#!/bin/bash\n[ \"${{{tag.Split('=')[0]}}}\" ] || exec env {tag} bash \"$0\"\n";

    /// <returns>The live processes with the tag; zombies do not count.</returns>
    public static IReadOnlyList<int> Processes(string tag) =>
        [.. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _))
            .Where(name => Has(name!, tag)).Select(name => int.Parse(name!, CultureInfo.InvariantCulture))];

    /// <returns>Whether no tagged process is alive, or all end soon: killed processes need a moment to exit.</returns>
    public static bool AreGone(string tag) => SpinWait.SpinUntil(() => Processes(tag).Count == 0, TimeSpan.FromSeconds(30));

    public static void Kill(string tag)
    {
        foreach (var id in Processes(tag))
        {
            _ = NativeMethods.Kill(id, NativeMethods.SigKill);
        }
    }

    private static bool Has(string id, string tag)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/environ").Contains(tag, StringComparison.Ordinal)
                && ProcessTable.Parse(File.ReadAllText($"/proc/{id}/stat")) is { State: not ('Z' or 'X') };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
