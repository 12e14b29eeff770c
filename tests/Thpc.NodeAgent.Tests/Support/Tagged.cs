using System.Globalization;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Tests.Support;

/// <summary>Finds processes by a word in their environment, whatever became of their parents, groups and sessions.</summary>
internal static class Tagged
{
    /// <summary>The start of a script all of whose processes, itself included, have the tag (NAME=VALUE) in their environment.</summary>
    public static string Bash(string tag) => $"#!/bin/bash\n[ \"${{{tag.Split('=')[0]}}}\" ] || exec env {tag} bash \"$0\"\n";

    /// <summary>The living ones; dead ones that nobody has taken leave of do not count.</summary>
    public static IReadOnlyList<int> Processes(string tag) => [.. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _)).Where(name => Has(name!, tag)).Select(name => int.Parse(name!, CultureInfo.InvariantCulture))];

    /// <summary>Whether none lives, or soon none does: what has been killed takes a moment to die.</summary>
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
            return File.ReadAllText($"/proc/{id}/environ").Contains(tag, StringComparison.Ordinal) && ProcessTable.Parse(File.ReadAllText($"/proc/{id}/stat")) is { State: not ('Z' or 'X') };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
