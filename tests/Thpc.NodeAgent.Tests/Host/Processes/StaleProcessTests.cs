using System.Globalization;
using System.Text;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Tests.Host.Processes;

/// <summary>tests/kill does this with complete runs that are killed.</summary>
public sealed class StaleProcessTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("thpc-left-").FullName;

    private string Note => Path.Combine(_directory, "script");

    [Theory]
    [InlineData("sleep 60 & sleep 60")]
    [InlineData("trap '' TERM; setsid sleep 60 & echo; while :; do sleep 1; done")]
    [InlineData("kill -STOP $$")]
    public async Task Process_is_ended_with_its_session_and_descendants(string script)
    {
        var (child, said) = await StartAsync(script);
        var family = ProcessTable.Descendants(ProcessTable.Read(), child.Id, _ => false);
        try
        {
            Assert.Equal(child.Id, await StaleProcess.EndAsync(Note, TimeSpan.FromMilliseconds(200), Cancel));
            Assert.DoesNotContain(ProcessTable.Read(), entry => entry.State != 'Z' && family.Any(member => member.IsSame(entry)));
        }
        finally
        {
            child.Signal(NativeMethods.SigKill);
        }

        await child.WaitForExitAsync(Cancel);
        Assert.Equal("", said().Trim());
    }

    [Fact]
    public async Task Stopped_process_may_clean_up()
    {
        var (child, said) = await StartAsync("trap 'echo cleaned up; exit' TERM; kill -STOP $$; while :; do sleep 0.01; done");
        Assert.Equal(child.Id, await StaleProcess.EndAsync(Note, TimeSpan.FromSeconds(10), Cancel));
        await child.WaitForExitAsync(Cancel);
        await child.FinishOutputAsync(TimeSpan.FromSeconds(10));
        Assert.Equal("cleaned up", said().Trim());
    }

    [Fact]
    public async Task Background_processes_of_an_ended_script_stay()
    {
        var (child, said) = await StartAsync("sleep 60 & echo $!");
        await child.WaitForExitAsync(Cancel);
        Assert.Null(await StaleProcess.EndAsync(Note, TimeSpan.Zero, Cancel));
        var background = int.Parse(said(), CultureInfo.InvariantCulture);
        Assert.Contains(ProcessTable.Read(), entry => entry.Id == background);
        _ = NativeMethods.Kill(background, NativeMethods.SigKill);
    }

    [Fact]
    public async Task Another_process_with_the_same_pid_stays()
    {
        var (child, _) = await StartAsync("sleep 60");
        var fields = (await File.ReadAllTextAsync(Note, Cancel)).Split(' ');
        fields[21] = "1";
        await File.WriteAllTextAsync(Note, string.Join(' ', fields), Cancel);
        Assert.Null(await StaleProcess.EndAsync(Note, TimeSpan.Zero, Cancel));
        Assert.Contains(ProcessTable.Read(), entry => entry.Id == child.Id && entry.State != 'Z');
        child.Signal(NativeMethods.SigKill);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("12 (sh")]
    public async Task Missing_pid_file_ends_nothing(string? text)
    {
        if (text is not null)
        {
            await File.WriteAllTextAsync(Note, text, Cancel);
        }

        Assert.Null(await StaleProcess.EndAsync(Note, TimeSpan.Zero, Cancel));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private async Task<(ChildProcess Child, Func<string> Said)> StartAsync(string script)
    {
        var said = new StringBuilder();
        var child = ChildProcess.Start(["bash", "-c", script], ChildProcess.PlainEnvironment, "/", bytes =>
        {
            lock (said)
            {
                said.Append(Encoding.UTF8.GetString(bytes));
            }
        }, Note);
        for (var snapshot = 0; snapshot < 1000 && ProcessTable.Command(child.Id) != "bash"; snapshot++)
        {
            await Task.Delay(10, Cancel);
        }

        await Task.Delay(100, Cancel);
        return (child, Said);

        string Said()
        {
            lock (said)
            {
                return said.ToString();
            }
        }
    }
}
