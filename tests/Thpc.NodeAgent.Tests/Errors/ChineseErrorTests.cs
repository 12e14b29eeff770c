using System.Text.RegularExpressions;
using Thpc.NodeAgent.Bootstrap;
using Thpc.NodeAgent.Cli;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Network;
using Thpc.NodeAgent.Host.Signatures;
using Thpc.NodeAgent.Stages.Image;
using Thpc.NodeAgent.Stages.Mount;
using Thpc.NodeAgent.Stages.Mount.Fstab;
using Thpc.NodeAgent.Stages.Packages;
using Thpc.NodeAgent.Stages.Script;

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
        Assert.Equal(
            "MOUNT_MISSING /data: /data 上没有挂载文件系统", ProblemOutput.Line("/data", state.Problem!, Language.Chinese));
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

    [Fact]
    public async Task Object_that_COS_refuses()
    {
        using var server = CannedServer.Of(403, "<Error><Code>ExpiredToken</Code></Error>", "x-cos-request-id: abc");
        using var client = new CosClient(server.Url);
        var credential = new CosCredential("id", "key", null, "/etc/thpc/cos-credentials.toml");
        var error = await Assert.ThrowsAsync<AgentException>(
            () => client.ReadStartAsync(new Uri("cos://b-1250000000.cos.ap-guangzhou.myqcloud.com/a.sh"), credential, 1, Limit, Cancel));
        AssertChinese(
            "GET cos://b-1250000000.cos.ap-guangzhou.myqcloud.com/a.sh: 临时凭证已过期, HTTP 403, ExpiredToken, 请求 ID abc, "
                + "签名所用的凭证（来源：/etc/thpc/cos-credentials.toml）",
            error.Error.Text);
    }

    [Fact]
    public async Task Gateway_that_refuses_a_connection()
    {
        using var client = new CosClient(new Uri("http://127.0.0.1:1"));
        var location = new Uri("cos://b-1250000000.cos.ap-guangzhou.myqcloud.com/a.sh");
        var error = await Assert.ThrowsAsync<AgentException>(() => client.HeadAsync(location, null, Limit, Cancel));
        AssertChinese($"HEAD {location}: 127.0.0.1 拒绝了 TCP 1 的连接", error.Error.Text);
    }

    [Fact]
    public void File_of_credentials_that_lacks_a_key()
    {
        const string Path = "/etc/thpc/cos-credentials.toml";
        var file = CosCredentialsFile.Parse(Path, "secret_id = \"a\"\nkey = \"b\"\n");
        AssertChinese(
            $"{Path} 缺少 secret_key；其中有未知的配置键：key", Assert.Throws<AgentException>(() => file.ToCredential(Path)).Error.Text);
    }

    [Fact]
    public void Script_without_an_interpreter() =>
        AssertChinese(
            "init.sh 不是以 `#!/` 开头：开头是 \"echo hi\"",
            Assert.Throws<AgentException>(() => Shebang.Parse("echo hi"u8, "init.sh")).Error.Text);

    [Fact]
    public void Line_of_allowed_signers_without_a_key() =>
        AssertChinese(
            "第 2 行: 没有密钥；格式为 PRINCIPALS [OPTIONS] TYPE KEY",
            Assert.Throws<SignatureException>(() => AllowedSigners.Parse("# signers\nme ssh-ed25519\n")).Text);

    [Fact]
    public void Node_without_a_run()
    {
        using var node = new TemporaryNode();
        AssertChinese("本节点启动以来没有运行留下报告", Readiness.Problem(node.Root)?.Error.Text);
    }

    [Fact]
    public void Operation_that_does_not_exist() =>
        AssertChinese(
            "--operations：未知的操作 \"marke\"；您是否想输入 marker？",
            Assert.Throws<AgentException>(() => AllOperations.Choose("marke", "defaults")).Error.Text);

    [Fact]
    public async Task System_without_a_package_manager()
    {
        using var node = new TemporaryNode();
        node.Write("/etc/os-release", "ID=plan9\nVERSION_ID=4\n");
        var stage = new PackagesStage(Context(node, "10.0.0.1:/").Config, node.Root);
        AssertChinese(
            "无法确定此系统的包管理器：/etc/os-release 中是 plan9 4，",
            (await Assert.ThrowsAsync<AgentException>(() => stage.CheckAsync(Cancel))).Error.Text);
    }

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

    /// <param name="printed">A part to leave out: what another program printed, or the directory of the test.</param>
    private static void AssertChinese(string start, LocalizedText? text, string printed = " ")
    {
        var line = (text?.Lines(Language.Chinese)[0] ?? "").Replace(printed, printed == " " ? " " : "", StringComparison.Ordinal);
        Assert.StartsWith(start, line, StringComparison.Ordinal);
        Assert.DoesNotMatch(EnglishPattern(), line);
    }

    // Four English words in a row, as no command or path of the cases here has.
    [GeneratedRegex("[A-Za-z]+( [a-z]+){3}")]
    private static partial Regex EnglishPattern();
}
