using Thpc.NodeAgent.Host.Units;

namespace Thpc.NodeAgent.Tests.Host;

public sealed class SystemdWaitTests
{
    [Theory]
    [InlineData("systemctl start slurmd", "slurmd")]
    [InlineData("systemctl restart slurmd", "slurmd")]
    [InlineData("/usr/bin/systemctl restart slurmd munge.service", "slurmd munge.service")]
    [InlineData("systemctl --no-pager start slurmd.service", "slurmd.service")]
    [InlineData("systemctl restart -q -- slurmd", "slurmd")]
    [InlineData("systemctl --job-mode=fail start slurmd", "slurmd")]
    [InlineData("systemctl --job-mode fail start slurmd", "slurmd")]
    [InlineData("systemctl -t service start slurmd", "slurmd")]
    [InlineData("systemctl try-restart slurmd", "slurmd")]
    [InlineData("systemctl reload-or-restart slurmd", "slurmd")]
    [InlineData("systemctl enable --now slurmd", "slurmd")]
    [InlineData("systemctl --now reenable slurmd", "slurmd")]
    [InlineData("systemctl start multi-user.target", "multi-user.target")]
    [InlineData("systemctl isolate graphical.target", "graphical.target")]
    [InlineData("systemctl default", "default.target")]
    [InlineData("/usr/bin/python3 /usr/bin/cloud-init status --wait", "cloud-final.service")]
    [InlineData("cloud-init status -w", "cloud-final.service")]
    [InlineData("/bin/sh /usr/local/sbin/systemctl start slurmd", "slurmd")]
    public void A_call_that_starts_a_unit_waits_for_it(string command, string units) =>
        Assert.Equal((units, false), SystemdWait.Parse(command.Split(' ')) is { } wait ? (string.Join(' ', wait.Units), wait.BootEnd) : default);

    [Fact]
    public void The_end_of_the_boot_is_waited_for_by_no_unit() => Assert.True(SystemdWait.Parse(["systemctl", "is-system-running", "--wait"]) is { BootEnd: true, Units.Count: 0 });

    [Theory]
    [InlineData("systemctl --no-block restart slurmd")]
    [InlineData("systemctl restart slurmd --no-block")]
    [InlineData("systemctl stop slurmd")]
    [InlineData("systemctl disable --now slurmd")]
    [InlineData("systemctl enable slurmd")]
    [InlineData("systemctl status slurmd")]
    [InlineData("systemctl is-active --wait")]
    [InlineData("systemctl is-system-running")]
    [InlineData("systemctl daemon-reload")]
    [InlineData("systemctl reboot")]
    [InlineData("systemctl --user start slurmd")]
    [InlineData("systemctl -H other start slurmd")]
    [InlineData("systemctl --root=/image enable --now slurmd")]
    [InlineData("systemctl start")]
    [InlineData("systemctl")]
    [InlineData("cloud-init status")]
    [InlineData("cloud-init init")]
    [InlineData("echo systemctl start slurmd")]
    [InlineData("sleep 1000")]
    public void Others_wait_for_nothing(string command) => Assert.Null(SystemdWait.Parse(command.Split(' ')));

    [Fact]
    public void No_words_are_no_command() => Assert.Null(SystemdWait.Parse([]));
}
