namespace Thpc.NodeAgent.SystemTests.Bootstrap;

/// <summary>Which units a run starts, by their state and its own outcome. tests/node runs the real daemons.</summary>
public sealed class SlurmStartTests
{
    private const string Held = "ConditionResult=no";
    private const string Stopped = "ConditionResult=yes";
    private const string Fails = "[[init_script]]\nscript_path = \"file:///no/such.sh\"\n";
    private const string Opt = "[[cfs]]\nlocal_path = \"/opt/\"\nremote_path = \"127.0.0.1:/\"\n[mount]\ntimeout = 1\n";

    [Theory]
    [InlineData("", "slurmd", Held, "--no-ask-password --no-block start -- slurmd.service\n")]
    [InlineData("", "slurmd", Stopped, "none\n")]
    [InlineData(Fails, "slurmd", Held, "none\n")]
    [InlineData(Fails, "slurmctld", Held, "--no-ask-password --no-block start -- slurmctld.service\n")]
    [InlineData(Opt, "slurmctld", Held, "none\n")]
    [InlineData("[no_such_section]\n", "slurmctld", Held, "none\n")]
    public async Task Units_that_were_held_back_are_started(string configuration, string unit, string condition, string calls)
    {
        // As the real systemctl, only of units that were asked for.
        var said = await SystemdNode.RunAsync(configuration, $"""
            printf 'Id={unit}.service\nLoadState=loaded\nUnitFileState=enabled\nActiveState=inactive\nJob=\n{condition}\n%s\n' \
                ConditionTimestampMonotonic=5 >/srv/unit
            sed -i 's|^  show.*|  show*{unit}.service*) cat /srv/unit ;;|' /usr/local/sbin/systemctl
            agent bootstrap >/dev/null; calls ' start '
            """);
        Assert.Equal(calls, said);
    }
}
