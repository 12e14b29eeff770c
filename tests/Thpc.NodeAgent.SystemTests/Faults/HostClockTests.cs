using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.SystemTests.Faults;

/// <summary>
/// The wall clock is set while the agent runs, by the init script. All rows at once, for each lasts as long as the least limit.
/// </summary>
public sealed class HostClockTests(HostClockTests.Runs runs) : IClassFixture<HostClockTests.Runs>
{
    private const int Hours = 5 * 3600;

    [Theory]
    [InlineData("`bootstrap`, the clock set 5 hours ahead meanwhile", "", Hours)]
    [InlineData("`bootstrap`, the clock set 5 hours back meanwhile", "", -Hours)]
    public void Nothing_ends_early_and_the_durations_are_true(string row, string code, int seconds)
    {
        var run = runs.Machines[(seconds, "")].Ended("run");
        Assert.True((run.ExitCode, run.Code ?? "") == (0, code), $"{row}: {run.Errors}");
        Assert.Contains("clock set\n", runs.Machines[(seconds, "")].Words, StringComparison.Ordinal);
        AssertSane(run.Report!, row);
    }

    [Theory]
    [InlineData("`bootstrap`, the clock set 5 hours ahead and a script that does not end", "SCRIPT_TIMEOUT", Hours, "sleep 600")]
    [InlineData("`bootstrap`, the clock set 5 hours back and a script that does not end", "SCRIPT_TIMEOUT", -Hours, "sleep 600")]
    [InlineData("`bootstrap`, the clock set 5 hours ahead and a silent server", "MOUNT_TIMEOUT", Hours, "touch /mnt/hold-mount")]
    [InlineData("`bootstrap`, the clock set 5 hours back and a silent server", "MOUNT_TIMEOUT", -Hours, "touch /mnt/hold-mount")]
    public void A_limit_ends_what_it_ends_when_it_is_over_and_not_before(string row, string code, int seconds, string then)
    {
        var run = runs.Machines[(seconds, then)].Ended("run");
        Assert.True(run.Code == code, $"{row}: exit {run.ExitCode}: {run.Errors}");
        Assert.Equal(code == "SCRIPT_TIMEOUT" ? 124 : 1, run.ExitCode);

        // Ten seconds of the script, five of the mount.
        Assert.InRange(run.Report!.DurationMs, code == "SCRIPT_TIMEOUT" ? 9_900 : 3_900, 90_000);
        AssertSane(run.Report, row);
    }

    [Theory]
    [InlineData("`bootstrap`, the clock 2 hours ahead of COS", "", 7200, "ahead of")]
    [InlineData("`bootstrap`, the clock 2 hours behind COS", "", -7200, "behind")]
    public void A_signature_that_is_refused_for_the_clock_is_made_by_the_servers_time(string row, string code, int seconds, string words)
    {
        var run = runs.Machines[(seconds, "cos")].Ended("run");
        Assert.True((run.ExitCode, run.Code ?? "") == (0, code), $"{row}: {run.Errors}");
        Assert.Matches($"this node's clock is 7(19|20)[0-9] s {words} the server's", run.Errors);
        AssertSane(run.Report!, row);
    }

    private static void AssertSane(Report report, string row)
    {
        Assert.True(report.DurationMs is >= 0 and < 90_000, $"{row}: {report.DurationMs} ms");
        Assert.Equal(report.DurationMs, (report.FinishedAt!.Value - report.StartedAt).TotalMilliseconds, 1.0);
        Assert.All(report.Stages, stage => Assert.InRange(stage.DurationMs, 0, report.DurationMs));
        Assert.All(report.Stages.SelectMany(stage => stage.Steps), step => Assert.InRange(step.DurationMs, 0, report.DurationMs));
    }

#pragma warning disable CA1034 // It belongs to this class alone.
    public sealed class Runs : IAsyncLifetime
#pragma warning restore CA1034
    {
        internal Dictionary<(int Seconds, string Then), HostMachine> Machines { get; } = [];

        public async ValueTask InitializeAsync()
        {
            (int, string)[] jumps = [.. from seconds in (int[])[Hours, -Hours]
                from then in (string[])["", "sleep 600", "touch /mnt/hold-mount"] select (seconds, then)];
            List<((int, string), Task<HostMachine>)> all =
                [.. jumps.Select(jump => (jump, HostMachine.RunAsync(Jump(jump.Item1, jump.Item2))))];
            all.AddRange(((int[])[7200, -7200]).Select(seconds => ((seconds, "cos"), HostMachine.RunAsync(Skewed(seconds)))));
            foreach (var (key, machine) in all)
            {
                Machines[key] = await machine;
            }
        }

        public ValueTask DisposeAsync()
        {
            foreach (var machine in Machines.Values)
            {
                machine.Dispose();
            }

            return ValueTask.CompletedTask;
        }

        private static string Bytes(long seconds) => string.Concat(BitConverter.GetBytes(seconds).Select(part => $"\\x{part:x2}"));

        // In place, for the agent has it mapped.
        private static string Jump(int seconds, string then) => $$"""
            fresh; truncate -s 8 /mnt/clock; preload+=:$kit/clock.so
            sed -i 's|one.sh"|one.sh"\ntimeout = 10|' $node/$config
            cat >>$node/srv/one.sh <<'SH'
            printf '{{Bytes(seconds)}}' | dd of=/mnt/clock conv=notrunc status=none
            {{then}}
            SH
            try run bootstrap
            [ "$(od -An -td8 /mnt/clock | tr -d ' ')" = {{seconds}} ] && echo clock set
            """;

        private static string Skewed(int seconds) => $$"""
            fresh; printf '{{Bytes(seconds)}}' >/mnt/clock; preload+=:$kit/clock.so
            mkdir -p /mnt/bucket; echo '#!/bin/sh' >/mnt/bucket/one.sh
            python3 $repository/tests/cos-standin/cos_standin.py --root /mnt/bucket --secret-id an-id --secret-key a-key \
              --ready-file /mnt/ready >/dev/null 2>&1 &
            until [ -s /mnt/ready ]; do sleep 0.02; done
            sed -i "s|file:///srv/one.sh|cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/one.sh|" $node/$config
            printf '[cos]\ncredentials = "file"\nendpoint = "%s"\n' "$(cat /mnt/ready)" >>$node/$config
            printf 'secret_id = "an-id"\nsecret_key = "a-key"\n' >$node/etc/thpc/cos-credentials.toml
            chmod 600 $node/etc/thpc/cos-credentials.toml
            try run bootstrap
            """;
    }
}
