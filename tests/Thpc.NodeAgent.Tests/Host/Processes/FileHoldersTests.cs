using System.Diagnostics;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Tests.Host.Processes;

public sealed class FileHoldersTests : IDisposable
{
    // Characters with a meaning in patterns of find(1).
    private readonly string _directory = Directory.CreateTempSubdirectory("thpc [u]*?\\ ").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task No_holder_gives_an_empty_list()
    {
        using var beside = Start("cd \"$1/..\" && exec sleep 60");
        var list = await FileHolders.InspectAsync(_directory, running: false, TestContext.Current.CancellationToken);
        Assert.Empty(list.Users);
        Assert.Equal("", list.Summary);
        End(beside);
    }

    [Fact]
    public void Summary_names_the_first_holders_and_counts_the_rest()
    {
        var words =
            new FileHolderList([.. Enumerable.Range(1, 12).Select(id => new FileHolder(id, "root", "x", "/data"))], Complete: true).Summary;
        Assert.StartsWith("pid 1 (root, x: /data), pid 2 ", words, StringComparison.Ordinal);
        Assert.EndsWith("pid 8 (root, x: /data) and 4 more", words, StringComparison.Ordinal);
    }

    /// <summary>Waits until the process has the program's name: the shell has called exec then.</summary>
    private Process Start(string script)
    {
        var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", script, "sh", _directory]))!;
        Assert.True(SpinWait.SpinUntil(
            () => ProcessTable.Command(process.Id).EndsWith("sleep", StringComparison.Ordinal), TimeSpan.FromSeconds(30)));
        return process;
    }

    private static void End(params Process[] processes)
    {
        foreach (var process in processes)
        {
            process.Kill();
            process.WaitForExit();
        }
    }
}
