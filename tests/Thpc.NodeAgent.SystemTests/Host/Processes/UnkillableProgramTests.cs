using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Host.Processes;

public sealed class UnkillableProgramTests
{
    // The upper file system has read the program's request and waits for the lower one, so KILL does not end the program.
    private const string Hang = """
        mkdir "$1/lower" "$1/upper"; bindfs -f /etc "$1/lower" & lower=$!
        until mountpoint -q "$1/lower"; do :; done
        bindfs -f "$1/lower" "$1/upper" & until mountpoint -q "$1/upper"; do :; done
        kill -STOP $lower; echo hangs; read -r _
        umount -l "$1/upper" "$1/lower"; kill -CONT $lower; kill -KILL $lower %2
        """;

    /// <summary>The next run needs it to find the program.</summary>
    [Fact]
    public async Task Pid_file_of_a_program_that_cannot_be_killed_stays()
    {
        Needs.RootUser();
        Needs.Program("bindfs");
        var directory = Directory.CreateTempSubdirectory("thpc-unkillable-").FullName;
        using var holder = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("bash", ["-c", Hang, "bash", directory])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        try
        {
            Assert.Equal("hangs", await holder.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
            var pidFile = Path.Combine(directory, "pid");
            using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ProgramRunner.RunAsync(
                ["stat", Path.Combine(directory, "upper/passwd")], TimeSpan.FromMinutes(1), cancel.Token, pidFile: pidFile));
            var left = ProcessTable.Parse(await File.ReadAllTextAsync(pidFile, TestContext.Current.CancellationToken))!;
            Assert.Contains(ProcessTable.Read(), entry => entry.IsSame(left) && entry.State == 'D');
        }
        finally
        {
            holder.StandardInput.Close();
            await holder.WaitForExitAsync(CancellationToken.None);
            Directory.Delete(directory, recursive: true);
        }
    }
}
