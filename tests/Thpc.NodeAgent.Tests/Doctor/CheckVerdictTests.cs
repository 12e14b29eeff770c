using System.Net;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Doctor;
using Thpc.NodeAgent.Doctor.Checks;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Tests.Doctor;

/// <summary>The verdicts and messages of checks for given values.</summary>
public sealed class CheckVerdictTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 25, 3, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, "Ok", "same as the server")]
    [InlineData(-20, "Ok", "20 s behind the server")]
    [InlineData(31, "Warn", "31 s ahead of the server")]
    [InlineData(-901, "Fail", "901 s behind the server")]
    [InlineData(901, "Fail", "901 s ahead of the server")]
    public void Clock_is_compared_with_server_time(int ahead, string verdict, string message)
    {
        var result = CloudChecks.Clock(Now.AddSeconds(-ahead), Now, "the server");

        Assert.Equal((verdict, $"2026-11-25 03:00:00Z, {message}"), (result.Verdict.ToString(), result.Message));
        Assert.Equal(verdict == "Ok", result.Fix is null);
    }

    [Fact]
    public void Unset_clock_is_detected_without_server_time()
    {
        Assert.Equal(Verdict.Fail, CloudChecks.Clock(null, new DateTimeOffset(1970, 1, 1, 0, 5, 0, TimeSpan.Zero), "").Verdict);
        Assert.Equal(Verdict.Ok, CloudChecks.Clock(null, Now, "").Verdict);
    }

    [Theory]
    [InlineData(null, "Ok", "credential of role R")]
    [InlineData(-1, "Fail", "credential of role R, expired at 2026-11-25 02:59:00Z")]
    [InlineData(5, "Warn", "credential of role R, expires in 5 min")]
    [InlineData(6 * 60 + 12, "Ok", "credential of role R, expires in 6 h 12 min")]
    [InlineData(30 * 60, "Ok", "credential of role R, expires in 30 h 0 min")]
    public void Temporary_credential_lifetime_is_judged(int? minutes, string verdict, string message)
    {
        var result = CloudChecks.Lifetime("credential of role R", minutes is { } given ? Now.AddMinutes(given) : null, Now);

        Assert.Equal((verdict, message), (result.Verdict.ToString(), result.Message));
    }

    [Theory]
    [InlineData("10.0.0.1", true)]
    [InlineData("172.16.0.1", true)]
    [InlineData("172.32.0.1", false)]
    [InlineData("192.168.1.1", true)]
    [InlineData("100.64.0.1", true)]
    [InlineData("100.128.0.1", false)]
    [InlineData("169.254.0.47", true)]
    [InlineData("::ffff:10.0.0.1", true)]
    [InlineData("fd00::1", true)]
    [InlineData("2402:4e00::1", false)]
    [InlineData("119.29.29.29", false)]
    public void Private_and_public_addresses_are_distinguished(string address, bool isPrivate) =>
        Assert.Equal(isPrivate, ScriptChecks.IsPrivate(IPAddress.Parse(address)));

    [Fact]
    public void Object_description_contains_only_known_values()
    {
        var head = new ObjectHead(27, "123", Now.AddDays(-3), Now);
        Assert.Equal("27 bytes, CRC-64 123, changed 3 days ago", ScriptChecks.Describe(head, Now).English);
        Assert.Equal("changed 90 min ago", ScriptChecks.Describe(new ObjectHead(null, null, Now.AddMinutes(-90), null), Now).English);
    }

    [Theory]
    [InlineData("1000000 4096 500000 600000 /node/etc", "Ok", "/etc 3906 MiB free")]
    [InlineData("100000 4096 500000 600000 /node/etc", "Warn", "/etc 390 MiB free")]
    [InlineData("10000 4096 500000 600000 /node/var/lib", "Fail", "/var/lib 39 MiB free")]
    [InlineData("1000000 4096 12 600000 /node/etc", "Fail", "/etc has 12 free inodes")]
    [InlineData("50000 4096 500000 600000 /node/run", "Ok", "/run 195 MiB free")]
    [InlineData("100 4096 500000 600000 /node/run", "Fail", "/run 0 MiB free")]
    [InlineData("1000000 4096 0 0 /node/etc", "Ok", "/etc 3906 MiB free")]
    public void Free_space_and_inodes_are_judged(string line, string verdict, string message)
    {
        var result = NodeChecks.Space(line, new NodeRoot("/node"));

        Assert.Equal((verdict, message), (result?.Verdict.ToString(), result?.Message));
    }

    [Theory]
    [InlineData("")]
    [InlineData("stat: cannot read file system information for '/node/run': No such file or directory")]
    public void Other_lines_are_ignored(string line) => Assert.Null(NodeChecks.Space(line, new NodeRoot("/node")));

    [Theory]
    [InlineData("loaded", "enabled", "active", "success", "Ok", "thpc-node-agent.service is enabled and active")]
    [InlineData("loaded", "disabled", "active", "success", "Warn", "thpc-node-agent.service is disabled and active")]
    [InlineData("loaded", "enabled", "failed", "exit-code", "Fail", "thpc-node-agent.service failed (exit-code)")]
    [InlineData("not-found", "", "inactive", "success", "Warn", "thpc-node-agent.service is not installed (not-found)")]
    public void Unit_is_judged_by_systemd_properties(
        string load, string file, string active, string serviceResult, string verdict, string message)
    {
        var result = NodeChecks.AgentUnit(
            $"Id=thpc-node-agent.service\nLoadState={load}\nUnitFileState={file}\nActiveState={active}\nResult={serviceResult}");

        Assert.Equal((verdict, message), (result.Verdict.ToString(), result.Message));
    }

    [Fact]
    public void Results_are_in_Chinese_too()
    {
        string Clock(int ahead) =>
            CloudChecks.Clock(Now.AddSeconds(-ahead), Now, new LocalizedText("the metadata service", "元数据服务")).Text.Chinese;
        string Unit(string load, string file, string active) => NodeChecks.AgentUnit(
            $"Id=thpc-node-agent.service\nLoadState={load}\nUnitFileState={file}\nActiveState={active}\nResult=exit-code").Text.Chinese;
        Assert.Equal("2026-11-25 03:00:00Z，与服务器时间一致（元数据服务）", Clock(0));
        Assert.Equal("2026-11-25 03:00:00Z，比服务器时间慢 901 秒（元数据服务）", Clock(-901));
        Assert.Equal("2026-11-25 03:00:00Z；没有可供比较的服务器时间", CloudChecks.Clock(null, Now, "").Text.Chinese);
        Assert.Equal(
            "凭证来源：role R，5 分钟后过期",
            CloudChecks.Lifetime(new LocalizedText("", "凭证来源：role R"), Now.AddMinutes(5), Now).Text.Chinese);
        Assert.Equal(
            "/etc 可用 390 MiB", NodeChecks.Space("100000 4096 500000 600000 /node/etc", new NodeRoot("/node"))?.Text.Chinese);
        Assert.Equal(
            "/etc 可用的 inode 为 12 个", NodeChecks.Space("1000000 4096 12 600000 /node/etc", new NodeRoot("/node"))?.Text.Chinese);
        Assert.Equal("thpc-node-agent.service 失败（exit-code）", Unit("loaded", "enabled", "failed"));
        Assert.Equal("thpc-node-agent.service 未安装（not-found）", Unit("not-found", "", "inactive"));
        Assert.Equal("27 字节，CRC-64 123，3 天前修改", ScriptChecks.Describe(new ObjectHead(27, "123", Now.AddDays(-3), Now), Now).Chinese);
    }
}
