using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.SystemTests.Stages.Packages;

/// <summary>The real apt of this machine, in private copies of it, while another process holds its locks.</summary>
public sealed class AptLockTests
{
    [Theory]
    [InlineData("/var/lib/dpkg/lock-frontend")]
    [InlineData("/var/lib/apt/lists/lock")]
    [InlineData("/var/cache/apt/archives/lock")]
    public async Task Held_lock_is_waited_for(string path)
    {
        using var machine = PrivateMachine.MakeWithOwnRepository();
        machine.AddDeb("extra-tool");
        machine.Run("rm -rf /var/lib/apt/lists/*");
        var step = await machine.StepAsync(PackagesConfig.Extra(60, 30, "extra-tool"));
        using var held = machine.HoldLock(path);

        var notes = await PrivateMachine.RunAsync(step, text =>
        {
            if (text.StartsWith("waiting", StringComparison.Ordinal))
            {
                held.Dispose();
            }
        });

        var us = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        var note = Assert.Single(notes, note => note.StartsWith("waiting for the package lock", StringComparison.Ordinal));
        var match = Regex.Match(
            note, $@"^waiting for the package lock held by pid {us} \([^)]+\), which has been running for ([0-9]+) s( in |$)");
        Assert.True(match.Success, note);
        var age = (DateTime.Now - Process.GetCurrentProcess().StartTime).TotalSeconds;
        Assert.InRange(double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), age - 60, age + 2);
    }

    [Fact]
    public async Task Lock_timeout_names_the_holder()
    {
        using var machine = PrivateMachine.MakeWithOwnRepository();
        machine.AddDeb("extra-tool");
        machine.Run("apt-get update");
        using var held = machine.HoldLock("/var/lib/dpkg/lock-frontend");

        var error = await machine.FailureAsync(PackagesConfig.Extra(60, 3, "extra-tool"));

        Assert.Equal(ErrorCode.PackagesFailed, error.Code);
        Assert.StartsWith(
            $"install extra-tool with apt-get: the package lock held by pid {Environment.ProcessId} (", error.Message,
            StringComparison.Ordinal);
        Assert.Contains("did not become free within", error.Message, StringComparison.Ordinal);
        Assert.Contains("lock_timeout", error.Hint.English, StringComparison.Ordinal);
    }
}
