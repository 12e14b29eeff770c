using Thpc.NodeAgent.Cos;

namespace Thpc.NodeAgent.Tests.Cos;

public sealed class CosHostsTests
{
    [Theory]
    [InlineData("demo-1250000000.cos.ap-guangzhou.myqcloud.com", "demo-1250000000.cos.ap-guangzhou.tencentcos.cn")]
    [InlineData("demo-1250000000.cos.ap-guangzhou.MyQCloud.com", "demo-1250000000.cos.ap-guangzhou.tencentcos.cn")]
    [InlineData("a-1.cos.na-siliconvalley.myqcloud.com", "a-1.cos.na-siliconvalley.tencentcos.cn")]
    [InlineData("demo-1250000000.cos.ap-guangzhou.tencentcos.cn", null)]
    [InlineData("demo-1250000000.cos.accelerate.myqcloud.com", null)]
    [InlineData("demo-1250000000.cos-internal.ap-guangzhou.tencentcos.cn", null)]
    [InlineData("demo-1250000000.cos-website.ap-guangzhou.myqcloud.com", null)]
    [InlineData("cos.ap-guangzhou.myqcloud.com", null)]
    [InlineData("x.demo-1250000000.cos.ap-guangzhou.myqcloud.com", null)]
    [InlineData("demo-1250000000.cos.ap-guangzhou.myqcloud.com.example.org", null)]
    [InlineData("scripts.example.org", null)]
    public void Only_regional_bucket_hosts_have_a_backup(string host, string? backup) => Assert.Equal(backup, CosHosts.Backup(host));
}
