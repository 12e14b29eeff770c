using Thpc.NodeAgent.Host.Units;

namespace Thpc.NodeAgent.Tests.Host.Units;

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
    public void Commands_that_start_a_unit_wait_for_it(string command, string units) =>
        Assert.Equal(
            (units, false), SystemdWait.Parse(command.Split(' ')) is { } wait ? (string.Join(' ', wait.Units), wait.BootEnd) : default);

    [Fact]
    public void Waiting_for_the_end_of_boot_names_no_unit() =>
        Assert.True(SystemdWait.Parse(["systemctl", "is-system-running", "--wait"]) is { BootEnd: true, Units.Count: 0 });

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
    public void Other_commands_do_not_wait(string command) => Assert.Null(SystemdWait.Parse(command.Split(' ')));

    [Fact]
    public void Empty_command_does_not_wait() => Assert.Null(SystemdWait.Parse([]));
}
