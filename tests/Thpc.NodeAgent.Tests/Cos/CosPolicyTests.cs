using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Tests.Cos;

public sealed class CosPolicyTests
{
    [Theory]
    [InlineData("cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/test/echo.sh",
        "qcs::cos:ap-guangzhou:uid/1250000000:demo-1250000000/test/echo.sh")]
    [InlineData("cos://my-demo-2-1250000000.cos.ap-shanghai-fsi.tencentcos.cn/a",
        "qcs::cos:ap-shanghai-fsi:uid/1250000000:my-demo-2-1250000000/a")]
    [InlineData("cos://demo-1250000000.cos-internal.na-siliconvalley.tencentcos.cn/a",
        "qcs::cos:na-siliconvalley:uid/1250000000:demo-1250000000/a")]
    [InlineData("cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/%E8%85%BE%E8%AE%AF%20%2B.sh",
        "qcs::cos:ap-guangzhou:uid/1250000000:demo-1250000000/腾讯 +.sh")]
    public void Script_needs_only_its_own_object(string script, string resource)
    {
        var policy = Of(script);
        Assert.Equal([resource], policy.Resources);
        Assert.Empty(policy.Notes);
    }

    [Fact]
    public void Acceleration_host_has_no_region_and_gives_a_note()
    {
        var policy = Of("cos://demo-1250000000.cos.accelerate.myqcloud.com/a.sh");
        Assert.Equal(["qcs::cos::uid/1250000000:demo-1250000000/a.sh"], policy.Resources);
        Assert.Contains("names no region", Assert.Single(policy.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Wildcard_in_a_key_gives_a_warning() =>
        Assert.Contains(
            "wildcard",
            Assert.Single(Of("cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/a*.sh").Notes),
            StringComparison.Ordinal);

    [Fact]
    public void Scripts_outside_COS_need_nothing_and_an_object_is_listed_once()
    {
        const string Script = "cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/a.sh";
        var policy = Of(Script, "file:///a.sh", "https://example.com/b.sh?q-signature=hidden", Script);
        Assert.Single(policy.Resources);
        Assert.Equal(2, policy.Notes.Count);
        Assert.All(policy.Notes, note => Assert.DoesNotContain("hidden", note, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("cos://scripts.example.com/a.sh")]
    [InlineData("cos://demo.cos.ap-guangzhou.myqcloud.com/a.sh")]
    [InlineData("cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com.example.com/a.sh")]
    [InlineData("cos://a.demo-1250000000.cos.ap-guangzhou.myqcloud.com/a.sh")]
    public void Host_without_bucket_is_an_error(string script)
    {
        var error = Assert.Throws<AgentException>(() => Of(script));
        Assert.Equal("CONFIG_INVALID", error.Code.Name);
        Assert.Contains("BUCKET-APPID", error.Hint.English, StringComparison.Ordinal);
    }

    private static CosPolicy Of(params string[] scripts) =>
        CosPolicy.For(scripts.Select(script => new InitScript(new Uri(script), TimeSpan.FromSeconds(30), null, false)));
}
