using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Scaling;

namespace Thpc.NodeAgent.Tests.Scaling;

public sealed class InstanceSizesTests
{
    [Theory]
    [InlineData("S5.SMALL1", 1, 1)]
    [InlineData("S5.MEDIUM4", 2, 4)]
    [InlineData("S5.LARGE8", 4, 8)]
    [InlineData("SA2.2XLARGE16", 8, 16)]
    [InlineData("M6.12XLARGE384", 48, 384)]
    public void Size_is_read_from_a_regular_name(string type, int cpus, int memory) =>
        Assert.Equal(new InstanceSize(cpus, memory, FromName: true), new InstanceSizes().Find(type));

    [Theory]
    [InlineData("GN8.LARGE56")]
    [InlineData("GN10Xp.2XLARGE40")]
    [InlineData("S5.XLARGE16")]
    [InlineData("S5.2XLARGE")]
    [InlineData("S5.0XLARGE16")]
    [InlineData("HCCPNV4h.24XLARGE1024")]
    [InlineData("A")]
    public void Other_names_give_no_size(string type) => Assert.Null(new InstanceSizes().Find(type));

    [Theory]
    [InlineData("GN8.LARGE56=6,56", "GN8.LARGE56", 6, 56)]
    [InlineData("S5.2XLARGE16=6,12.5G", "S5.2XLARGE16", 6, 12.5)]
    [InlineData(" A = 4 , 16", "a", 4, 16)]
    public void Flag_overrides_the_name(string flag, string type, int cpus, double memory)
    {
        List<ConfigDiagnostic> diagnostics = [];
        var sizes = new InstanceSizes();
        sizes.Add(flag, diagnostics);
        Assert.Empty(diagnostics);
        Assert.Equal(new InstanceSize(cpus, (decimal)memory), sizes.Find(type));
    }

    [Theory]
    [InlineData("S5.2XLARGE16")]
    [InlineData("A=4")]
    [InlineData("A=0,4")]
    [InlineData("A=4,0")]
    [InlineData("A=4,-1")]
    [InlineData("A=99999999999,1")]
    [InlineData("=4,1")]
    [InlineData("")]
    public void Invalid_size_gives_a_diagnostic(string flag)
    {
        List<ConfigDiagnostic> diagnostics = [];
        new InstanceSizes().Add(flag, diagnostics);
        Assert.StartsWith("flag --type: ", Assert.Single(diagnostics).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"Response":{"TotalCount":1,"InstanceTypeConfigSet":["""
        + """{"Zone":"z","InstanceType":"GN8.LARGE56","CPU":6,"Memory":56,"GPU":1}]}}""")]
    [InlineData("""{"InstanceTypeQuotaSet":[{"Zone":"z","InstanceType":"GN8.LARGE56","Cpu":6,"Memory":56,"Status":"SELL"}]}""")]
    public void Sizes_are_read_from_responses_of_CVM(string json)
    {
        List<ConfigDiagnostic> diagnostics = [];
        var sizes = new InstanceSizes();
        sizes.AddAnswer(json, "types.json", diagnostics);
        Assert.Empty(diagnostics);
        Assert.Equal(new InstanceSize(6, 56), sizes.Find("GN8.LARGE56"));
    }

    [Fact]
    public void All_errors_of_a_response_are_reported_at_once()
    {
        List<ConfigDiagnostic> diagnostics = [];
        var sizes = new InstanceSizes();
        sizes.AddAnswer("{\"InstanceTypeConfigSet\":[{\"CPU\":0,\"Memory\":\"much\"}]}", "types.json", diagnostics);
        sizes.AddAnswer("{}", "none.json", diagnostics);
        Assert.Equal(
            [
                "types.json:1: InstanceTypeConfigSet[0].InstanceType: is missing; add it, for example \"InstanceType\": \"S5.2XLARGE16\"",
                "types.json:1: InstanceTypeConfigSet[0].CPU: 0 is out of range; 1 to 100000 CPUs is allowed",
                "types.json:1: InstanceTypeConfigSet[0].Memory: is the string \"much\", expected a whole number such as 1",
            ],
            diagnostics.Take(3).Select(diagnostic => diagnostic.ToString()));
        Assert.StartsWith("none.json:1: contains no instance types", diagnostics[^1].ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("12", 12)]
    [InlineData("3.6", 3.6)]
    [InlineData("12G", 12)]
    [InlineData("12GB", 12)]
    [InlineData("12GiB", 12)]
    [InlineData("4096M", 4)]
    [InlineData("1t", 1024)]
    public void Memory_is_in_GB_or_has_a_unit(string text, double gb) => Assert.Equal((decimal)gb, MemorySize.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("1,5")]
    [InlineData("12K")]
    [InlineData("1e3")]
    [InlineData("9999999999")]
    [InlineData("999999999T")]
    public void Invalid_memory_size_is_null(string text) => Assert.Null(MemorySize.Parse(text));
}
