using CsCheck;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Scaling;

namespace Thpc.NodeAgent.Tests.Scaling;

public sealed class ScalingJsonTests
{
    private const string Body = """
        {
          "ClusterId": "hpc-8hje8h12", "ExpansionBusyTime": 180, "ShrinkIdleTime": "300", "DryRun": "false",
          "QueueConfigs": [
            {
              "QueueName": "compute", "MinSize": 1, "MaxSize": 200, "EnableAutoExpansion": true, "EnableAutoShrink": false,
              "ImageId": "img-1", "NewField": [1],
              "ExpansionNodeConfigs": [
                { "InstanceType": "SA2.2XLARGE16", "Placement": { "Zone": "ap-guangzhou-4" }, "VirtualPrivateCloud": { "VpcId": "vpc-1" } },
                { "InstanceType": "S5.LARGE8", "Placement": null }
              ],
              "ScaleOutRatio": 50, "ScaleOutNodeThreshold": 20, "MaxNodesPerCycle": 30, "ScaleUpMemRatio": 10, "DesiredIdleNodeCapacity": 0
            },
            { "QueueName": "gpu", "MaxSize": null, "EnableAutoExpansion": "false" }
          ]
        }
        """;

    [Theory]
    [InlineData("{}", "f:1: 不含 QueueConfigs；应为 SetAutoScalingConfiguration 的请求体")]
    [InlineData("{\"QueueConfigs\": []}", "f:1: QueueConfigs: 为空；至少须有一个队列")]
    [InlineData(
        "{\"QueueConfigs\": [{\"QueueName\": \"a\", \"MinSize\": 20}]}",
        "f:1: QueueConfigs[0].MinSize: 20 大于 MaxSize，后者为 10")]
    [InlineData(
        "{\"ExpansionBusyTime\": 7, \"QueueConfigs\": [{\"QueueName\": \"a\"}]}",
        "f:1: ExpansionBusyTime: 7 超出范围；至少为 120 秒")]
    public void Problem_is_described_in_Chinese(string json, string expected)
    {
        List<ConfigDiagnostic> diagnostics = [];
        ScalingJson.Parse(json, "f", diagnostics);
        Assert.StartsWith(expected, Assert.Single(diagnostics).Line(Language.Chinese), StringComparison.Ordinal);
    }

    [Fact]
    public void Options_and_queues_are_described_in_Chinese()
    {
        List<ConfigDiagnostic> diagnostics = [];
        ScalingJob.Read(0, "much", 1, diagnostics);
        Assert.Equal(
            ["命令行参数 --memory: \"much\" 不是内存大小；请以 GB 为单位，如 12 或 3.6，或带单位，如 12G 或 4096M"],
            diagnostics.Select(diagnostic => diagnostic.Line(Language.Chinese)));
        Assert.Equal("没有队列 x", Assert.Throws<AgentException>(() => Read(Body).Queue("x")).Error.Text.Chinese);
        Assert.Equal("有 2 个队列：compute, gpu", Assert.Throws<AgentException>(() => Read(Body).Queue(null)).Error.Text.Chinese);
    }

    [Theory]
    [InlineData(Body)]
    [InlineData($"{{ \"Response\": {Body} }}")]
    public void Request_and_whole_response_are_accepted(string json)
    {
        var config = Read(json);
        Assert.Equal(TimeSpan.FromSeconds(180), config.ExpansionBusyTime);
        Assert.Equal(["compute", "gpu"], config.Queues.Select(queue => queue.Name));
        var queue = config.Queue("compute");
        Assert.Equal(
            (200, true, 50, 20, 30, 10),
            (queue.MaxSize, queue.AutoExpansion, queue.ScaleOutRatio, queue.ScaleOutNodeThreshold, queue.MaxNodesPerCycle,
                queue.ScaleUpMemRatio));
        Assert.Equal([new ScaleOutNode(1, "SA2.2XLARGE16", "ap-guangzhou-4"), new ScaleOutNode(2, "S5.LARGE8", null)], queue.Nodes);
    }

    [Fact]
    public void Absent_and_null_fields_have_the_defaults_of_the_API()
    {
        var config = Read("""{"QueueConfigs":[{"QueueName":"gpu","MaxSize":null}]}""");
        Assert.Equal(TimeSpan.FromSeconds(120), config.ExpansionBusyTime);
        var queue = config.Queue(null);
        Assert.Equal(
            (10, true, 100, 0, 100, 0),
            (queue.MaxSize, queue.AutoExpansion, queue.ScaleOutRatio, queue.ScaleOutNodeThreshold, queue.MaxNodesPerCycle,
                queue.ScaleUpMemRatio));
        Assert.Empty(queue.Nodes);
        Assert.False(Read(Body).Queue("gpu").AutoExpansion);
    }

    [Fact]
    public void Newer_fields_of_the_API_are_read()
    {
        var queue = Read("""
            {"QueueConfigs":[{"QueueName":"gpu","LaunchTemplateIds":["lt-q2vxeiesdfl","lt-b\n"],"DesiredNodeCount":6,
            "DesiredIdleNodeCapacity":"2",
            "ExpansionNodeConfigs":[{"Placement":{"Zone":"z"}},{"InstanceType":"S5.LARGE8"},{"InstanceType":null}]}]}
            """).Queue(null);
        Assert.Equal(["lt-q2vxeiesdfl", "lt-b?"], queue.LaunchTemplateIds);
        Assert.Equal([new ScaleOutNode(2, "S5.LARGE8", null)], queue.Nodes);
        Assert.Equal(
            (2, 6, 2, true), (queue.NodesWithoutType, queue.DesiredNodeCount, queue.DesiredIdleNodeCapacity, queue.HasUnknownTypes));
        Assert.Equal(
            [
                "the instance types of LaunchTemplateIds lt-q2vxeiesdfl, lt-b? are in CVM's templates, not in this file, "
                    + "and their order is not documented; `tccli cvm DescribeLaunchTemplateVersions` shows them",
                "2 of ExpansionNodeConfigs have no InstanceType, so the type of their nodes is unknown",
                "DesiredNodeCount 6 adds nodes even if no job waits; how they add to a job's nodes is not documented, "
                    + "so they are left out here",
                "DesiredIdleNodeCapacity 2 adds nodes even if no job waits; how they add to a job's nodes is not documented, "
                    + "so they are left out here",
            ],
            queue.Unknowns());
    }

    [Fact]
    public void Queue_with_known_types_and_no_desired_nodes_has_no_unknowns() =>
        Assert.All(Read(Body).Queues, queue => Assert.Empty(queue.Unknowns()));

    [Theory]
    [InlineData("\"LaunchTemplateIds\":\"lt-1\"", "LaunchTemplateIds: is the string \"lt-1\", expected a list of strings")]
    [InlineData("\"LaunchTemplateIds\":[1]", "LaunchTemplateIds: is a list with other items, expected a list of strings")]
    [InlineData("\"DesiredNodeCount\":\"many\"", "DesiredNodeCount: is the string \"many\", expected a whole number such as 0")]
    public void Invalid_newer_fields_give_diagnostics(string field, string expected) =>
        Assert.Equal([$"q.json:1: QueueConfigs[0].{expected}"], Diagnostics($"{{\"QueueConfigs\":[{{\"QueueName\":\"a\",{field}}}]}}"));

    [Fact]
    public void All_errors_are_reported_at_once_with_line_and_JSON_path() =>
        Assert.Equal(
            [
                "q.json:1: Response.ExpansionBusyTime: 60 is out of range; 120 or more seconds is allowed",
                "q.json:2: Response.QueueConfigs[0].QueueName: is missing; add it, for example \"QueueName\": \"compute\"",
                "q.json:2: Response.QueueConfigs[0].MinSize: 9 is above MaxSize, which is 3",
                "q.json:2: Response.QueueConfigs[0].EnableAutoExpansion: is an integer, expected true or false",
                "q.json:3: Response.QueueConfigs[0].ExpansionNodeConfigs[0].InstanceType: is an integer, expected a string",
                "q.json:3: Response.QueueConfigs[0].ExpansionNodeConfigs[1].Placement: is the string \"z\", expected an object",
                "q.json:4: Response.QueueConfigs[1].MaxSize: 201 is out of range; 0 to 200 nodes is allowed",
                "q.json:4: Response.QueueConfigs[1].ExpansionNodeConfigs: is an object, expected a list of objects",
                "q.json:4: Response.QueueConfigs[1].ScaleOutRatio: 0 is out of range; 1 to 100 per cent is allowed",
                "q.json:5: Response.QueueConfigs[1].ScaleOutNodeThreshold: is a fraction, expected a whole number such as 0",
                "q.json:5: Response.QueueConfigs[1].MaxNodesPerCycle: 101 is out of range; 1 to 100 nodes is allowed",
                "q.json:5: Response.QueueConfigs[1].ScaleUpMemRatio: -1 is out of range; 0 or more per cent is allowed",
            ],
            Diagnostics("""
                {"Response":{"ExpansionBusyTime":60,
                "QueueConfigs":[{"MinSize":9,"MaxSize":3,"EnableAutoExpansion":1,"ExpansionNodeConfigs":
                [{"InstanceType":5},{"InstanceType":"A","Placement":"z"}]},
                {"QueueName":"b","MaxSize":201,"ScaleOutRatio":0,"ExpansionNodeConfigs":{},
                "ScaleOutNodeThreshold":0.5,"MaxNodesPerCycle":101,"ScaleUpMemRatio":-1}]}}
                """));

    [Theory]
    [InlineData("[]", "contains no QueueConfigs")]
    [InlineData("{\"Response\":{\"RequestId\":\"x\"}}", "contains no QueueConfigs")]
    [InlineData("{\"Response\":5}", "contains no QueueConfigs")]
    [InlineData("{\"QueueConfigs\":[]}", "QueueConfigs: is empty")]
    [InlineData("{\"QueueConfigs\":[1]}", "QueueConfigs: is a list with other items")]
    [InlineData("{\"QueueConfigs\":{\"QueueName\":\"a\"}}", "QueueConfigs: is an object, expected a list")]
    [InlineData("{\"QueueConfigs\":[{\"QueueName\":\"a\"},{\"QueueName\":\"a\"}]}", "QueueConfigs[1].QueueName: \"a\" is given twice")]
    [InlineData("{\"Response\":{\"Error\":{\"Code\":\"AuthFailure\",\"Message\":\"no\"}}}", "this is an API error (AuthFailure: no)")]
    [InlineData("{", "this is not JSON")]
    public void Text_without_queues_gives_one_diagnostic(string json, string expected) =>
        Assert.Contains(expected, Assert.Single(Diagnostics(json)), StringComparison.Ordinal);

    [Fact]
    public void Queue_is_chosen_by_name_if_there_are_several()
    {
        Assert.Contains("compute, gpu", Assert.Throws<AgentException>(() => Read(Body).Queue(null)).Message, StringComparison.Ordinal);
        var unknown = Assert.Throws<AgentException>(() => Read(Body).Queue("cpu"));
        Assert.Equal("CONFIG_INVALID", unknown.Code.Name);
        Assert.Contains("compute, gpu", unknown.Hint.English, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_field_value_is_accepted_within_its_range_or_gives_a_diagnostic()
    {
        string[] keys = ["QueueName", "MinSize", "MaxSize", "EnableAutoExpansion", "ExpansionNodeConfigs", "ScaleOutRatio",
            "ScaleOutNodeThreshold", "MaxNodesPerCycle", "ScaleUpMemRatio"];
        string[] values = ["null", "0", "-1", "1", "100", "101", "200", "201", "99999999999999999999", "1.5", "\"7\"", "\"x\"", "\"\"",
            "true", "\"FALSE\"", "[]", "[{}]", "[{\"InstanceType\":\"A\"}]", "{}"];
        Gen.Select(Gen.Int[0, keys.Length - 1], Gen.Int[0, values.Length - 1]).Array[0, 9].Sample(fields =>
        {
            List<ConfigDiagnostic> diagnostics = [];
            var config = ScalingJson.Parse(
                $"{{\"QueueConfigs\":[{{{string.Join(',', fields.Select(field => $"\"{keys[field.Item1]}\":{values[field.Item2]}"))}}}]}}",
                "q.json", diagnostics);
            Assert.All(diagnostics, diagnostic => Assert.StartsWith("QueueConfigs[0].", diagnostic.Text.English, StringComparison.Ordinal));
            var queue = Assert.Single(config!.Queues);
            Assert.InRange(queue.MaxSize, 0, 200);
            Assert.InRange(queue.ScaleOutRatio, 1, 100);
            Assert.InRange(queue.ScaleOutNodeThreshold, 0, 200);
            Assert.InRange(queue.MaxNodesPerCycle, 1, 100);
            Assert.True(queue.ScaleUpMemRatio >= 0);
            Assert.True(diagnostics.Count > 0 || queue.Name.Length > 0);
        });
    }

    private static ScalingConfig Read(string json)
    {
        List<ConfigDiagnostic> diagnostics = [];
        var config = ScalingJson.Parse(json, "q.json", diagnostics);
        Assert.Empty(diagnostics);
        return config!;
    }

    private static IEnumerable<string> Diagnostics(string json)
    {
        List<ConfigDiagnostic> diagnostics = [];
        ScalingJson.Parse(json, "q.json", diagnostics);
        return diagnostics.Select(diagnostic => diagnostic.ToString());
    }
}
