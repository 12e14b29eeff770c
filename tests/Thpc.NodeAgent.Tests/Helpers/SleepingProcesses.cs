using System.Diagnostics;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>Processes that sleep in a directory, or with one of its files open, until they are ended.</summary>
internal static class SleepingProcesses
{
    /// <summary>Waits until the process has the program's name: the shell has called exec then.</summary>
    /// <param name="script">Ends in an exec of a program whose name ends in "sleep"; $1 is the directory.</param>
    public static Process Start(string script, string directory)
    {
        var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", script, "sh", directory]))!;
        Assert.True(SpinWait.SpinUntil(
            () => ProcessTable.Command(process.Id).EndsWith("sleep", StringComparison.Ordinal), TimeSpan.FromSeconds(30)));
        return process;
    }

    public static void End(params Process[] processes)
    {
        foreach (var process in processes)
        {
            process.Kill();
            process.WaitForExit();
        }
    }
}
