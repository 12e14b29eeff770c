namespace Thpc.NodeAgent.SystemTests.Faults;

/// <summary>A command on a node that something is wrong with, and again once that is mended.</summary>
internal static class HostHurt
{
    /// <summary>
    /// The runs are "plain" (nothing is wrong), "hurt" and "again"; the state of "hurt" is taken when it is mended, for without /proc there
    /// is none.
    /// </summary>
    public static Task<HostMachine> RunAsync(string prepare, string hurt, string mend, string command) => HostMachine.RunAsync($$"""
        prepare() { {{prepare}}; }
        grow
        reference {{command}}
        prepare
        {{hurt}}
        try hurt {{command}}
        {{mend}}
        state hurt
        try again {{command}}
        state again
        """);

    /// <summary>It was named in time and cost nothing, and the next run came to the same end as one to which nothing happened.</summary>
    /// <param name="code">Empty where nothing is wrong with it for the agent.</param>
    public static void AssertNamedAndEnded(HostMachine machine, string row, string code)
    {
        var (before, end, run) = (machine.State("before"), machine.State("end"), machine.Ended("hurt"));
        Assert.Equal((row, 0), (row, machine.Ended("plain").ExitCode));
        Assert.True(
            (run.ExitCode, run.Code ?? "") == (code.Length > 0 ? 1 : 0, code),
            $"{row}: exit {run.ExitCode}: {run.Errors}{run.Output}{machine.Words}");
        Assert.True(run.Length < TimeSpan.FromSeconds(30), row);
        HostEnd.NothingIsLost(before, end, machine.State("hurt"), row);
        Assert.True(machine.Ended("again").ExitCode == 0, $"{row}: {machine.Ended("again").Errors}");
        HostEnd.IsTheEnd(end, machine.State("again"), row);
    }
}
