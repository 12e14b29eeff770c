using System.Text.RegularExpressions;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Network;
using Thpc.NodeAgent.Stages.Mount;
using Thpc.NodeAgent.Stages.Mount.Fstab;

namespace Thpc.NodeAgent.Tests.Errors;

/// <summary>Real errors, read in Chinese: the first line is Chinese, also where a message is composed of several texts.</summary>
public sealed partial class ChineseErrorTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Server_that_refuses_a_connection() =>
        AssertChinese("127.0.0.1 拒绝了 TCP 1 的连接", await TcpProbe.DialAsync("127.0.0.1", 1, Limit, Cancel));

    [Fact]
    public async Task Name_that_does_not_resolve() =>
        AssertChinese(
            "域名 no such name 无法解析：", await TcpProbe.DialAsync("no such name", 1, Limit, Cancel), "Name or service not known");

    [Fact]
    public async Task Server_that_is_no_NFS_server()
    {
        using var web = CannedServer.Of(200, "hello");
        var error = await NfsProbe.AskAsync("127.0.0.1", web.Url.Port, 4, Limit, Cancel);
        AssertChinese($"127.0.0.1:{web.Url.Port}: 应答的服务器不是 NFS 服务器", error?.Text);
    }

    [Fact]
    public void Links_that_form_a_circle()
    {
        using var node = new TemporaryNode();
        File.CreateSymbolicLink(node.On("/a"), "/b");
        File.CreateSymbolicLink(node.On("/b"), "/a");
        AssertChinese("/a：其符号链接形成了循环", node.Root.TryResolve("/a", out _)?.Text);
    }

    [Fact]
    public async Task Mount_that_is_gone()
    {
        using var node = new TemporaryNode();
        Directory.CreateDirectory(node.On("/data"));
        Directory.CreateDirectory(node.Root.RunDirectory);
        var context = Context(node, "127.0.0.1:/");
        var mounter = new Mounter(context.Driver(context.Config.Storage[0]), context);
        var error = await Assert.ThrowsAsync<AgentException>(() => mounter.WaitForAnswerAsync(_ => { }, Cancel));
        AssertChinese("挂载 127.0.0.1:/ 到 /data：该处已没有挂载文件系统", error.Error.Text);
    }

    [Fact]
    public async Task Storage_that_is_not_mounted()
    {
        using var node = new TemporaryNode();
        var state = await InspectAsync(node);
        AssertChinese("/data 上没有挂载文件系统", state.Problem?.Text);
        Assert.Equal("没有挂载文件系统", state.Problem?.Cause?.Chinese);
    }

    [Fact]
    public async Task Lines_of_fstab_that_conflict()
    {
        using var node = new TemporaryNode();
        node.Write("/etc/fstab", "10.0.0.2:/ /data nfs vers=4,minorversion=0 0 0\n");
        AssertChinese(
            "非本程序写入的条目（/etc/fstab 第 1 行）把 10.0.0.2:/ 挂载到 /data，但配置要求 10.0.0.1:/", (await InspectAsync(node)).BootProblem?.Text);
        node.Write("/etc/fstab", string.Concat(Enumerable.Repeat("10.0.0.1:/ /data nfs vers=4,minorversion=0 0 0\n", 2)));
        AssertChinese(
            "多个条目（/etc/fstab 第 1 行，以及 /etc/fstab 第 2 行）都会挂载 /data：", (await InspectAsync(node)).BootProblem?.Text);
    }

    [Fact]
    public void Entry_that_fstab_cannot_express() =>
        AssertChinese(
            "fstab 无法表示 ",
            Assert.Throws<AgentException>(() => FstabDocument.Parse("").With(new FstabEntry("", "/data", "nfs", "ro"))).Error.Text);

    private static async Task<MountPointState> InspectAsync(TemporaryNode node)
    {
        var context = Context(node, "10.0.0.1:/");
        return await new StorageState(context).InspectAsync("/data", context.Config.Storage[0], Limit, Cancel);
    }

    private static DriverContext Context(TemporaryNode node, string source)
    {
        var config = ConfigLoader.Load(
            $"{TemporaryNode.Config}\n[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"{source}\"\nprotocol = \"NFS 4.0\"\n",
            "test.toml", new Dictionary<string, string>(), new ConfigOverrides(), _ => "");
        return DriverContext.Create(config.Config, node.Root);
    }

    /// <param name="printed">The part that another program printed; it is the same in both languages.</param>
    private static void AssertChinese(string start, LocalizedText? text, string printed = " ")
    {
        var line = text?.Lines(Language.Chinese)[0] ?? "";
        Assert.StartsWith(start, line, StringComparison.Ordinal);
        Assert.DoesNotMatch(EnglishPattern(), line.Replace(printed, " ", StringComparison.Ordinal));
    }

    // Four English words in a row, as no command or path of the cases here has.
    [GeneratedRegex("[A-Za-z]+( [a-z]+){3}")]
    private static partial Regex EnglishPattern();
}
