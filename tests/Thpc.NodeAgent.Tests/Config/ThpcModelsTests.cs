using System.Text.RegularExpressions;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Configuration.Api;
using Thpc.NodeAgent.Configuration.Toml;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Scaling;
using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Configuration;

/// <summary>
/// The vendor's own description of the API, from its SDK. Every field of the shapes that are read makes a difference here, or is listed
/// as passed over: a field that a later API adds fails until somebody has decided about it.
/// </summary>
public sealed partial class ThpcModelsTests
{
    private const string File = "tests/vendor-sdk/node_modules/tencentcloud-sdk-nodejs/tencentcloud/services/thpc/v20230321/thpc_models.d.ts";

    // Of a wrong kind, or such as tells one kind of storage from another.
    private static readonly string[] Values = ["{\"x\": 1}", "[1]", "5", "\"cosn://b/\"", "\"{}\"", "[{\"LocalPath\": \"/p\", \"ScriptPath\": \"cos://b.c/a.sh\"}]"];

    /// <summary>How a text with this field in that shape is read; % stands for the field, after a comma.</summary>
    private static readonly (string Shape, string Text, bool IsQueue)[] Shapes =
    [
        ("StorageOption", "{\"CFSOptions\": []%}", false),
        ("StorageOptionOverview", "{\"Response\": {\"StorageOption\": {\"CFSOptions\": []%}}}", false),
        ("AddClusterStorageOptionRequest", "{\"StorageOption\": {}%}", false),
        ("DescribeClusterStorageOptionResponse", "{\"Response\": {\"StorageOption\": {}%}}", false),
        ("CreateClusterRequest", "{\"StorageOption\": {}%}", false),
        ("CFSOption", "{\"CFSOptions\": [{\"LocalPath\": \"/p\", \"RemotePath\": \"h:/\"%}]}", false),
        ("CFSOptionOverview", "{\"CFSOptions\": [{\"LocalPath\": \"/p\", \"RemotePath\": \"h:/\"%}]}", false),
        ("GooseFSOption", "{\"GooseFSOptions\": [{\"LocalPath\": \"/p\", \"Masters\": [\"h:9200\"]%}]}", false),
        ("GooseFSOptionOverview", "{\"GooseFSOptions\": [{\"LocalPath\": \"/p\", \"Masters\": [\"h:9200\"]%}]}", false),
        ("GooseFSxOption", "{\"GooseFSxOptions\": [{\"LocalPath\": \"/goosefsx/a_proxy\", \"Masters\": [\"h:55533\"]%}]}", false),
        ("GooseFSxOptionOverview", "{\"GooseFSxOptions\": [{\"LocalPath\": \"/goosefsx/a_proxy\", \"Masters\": [\"h:55533\"]%}]}", false),
        ("CosOption", "{\"LocalPath\": \"/p\"%}", false),
        ("CosOptionOverview", "{\"LocalPath\": \"/p\"%}", false),
        ("NodeScript", "{\"StorageOption\": {}, \"InitNodeScripts\": [{\"x\": 1%}]}", false),
        ("SetAutoScalingConfigurationRequest", "{\"QueueConfigs\": [{\"QueueName\": \"q\"}]%}", true),
        ("DescribeAutoScalingConfigurationResponse", "{\"Response\": {\"QueueConfigs\": [{\"QueueName\": \"q\"}]%}}", true),
        ("QueueConfig", "{\"QueueConfigs\": [{\"QueueName\": \"q\"%}]}", true),
        ("QueueConfigOverview", "{\"QueueConfigs\": [{\"QueueName\": \"q\"%}]}", true),
        ("ExpansionNodeConfig", "{\"QueueConfigs\": [{\"QueueName\": \"q\", \"ExpansionNodeConfigs\": [{\"Placement\": {}%}]}]}", true),
        ("ExpansionNodeConfigOverview", "{\"QueueConfigs\": [{\"QueueName\": \"q\", \"ExpansionNodeConfigs\": [{\"Placement\": {}%}]}]}", true),
        ("Placement", "{\"QueueConfigs\": [{\"QueueName\": \"q\", \"ExpansionNodeConfigs\": [{\"InstanceType\": \"t\", \"Placement\": {\"x\": 1%}}]}]}", true),
    ];

    /// <summary>What says nothing about what is mounted, or about which nodes come and how many.</summary>
    private static readonly Dictionary<string, string> PassedOver = new(StringComparer.Ordinal)
    {
        ["DescribeClusterStorageOptionResponse"] = "RequestId",

        // Only storage and scripts are the node's; the cluster's name, scheduler and accounts are in its own configuration.
        ["CreateClusterRequest"] = "AccountType AutoScalingType ClientToken ClusterName ComputeNode ComputeNodeCount DryRun HpcClusterId ImageId LoginNode LoginNodeCount LoginSettings ManagerNode ManagerNodeCount Placement SchedulerType SchedulerVersion SecurityGroupIds Tags VirtualPrivateCloud",

        // Nothing is run from that file.
        ["NodeScript"] = "Timeout",
        ["SetAutoScalingConfigurationRequest"] = "ClusterId DryRun",
        ["DescribeAutoScalingConfigurationResponse"] = "ClusterId RequestId",
        ["QueueConfig"] = "DataDisks EnhancedService ImageId InternetAccessible SystemDisk",
        ["ExpansionNodeConfig"] = "InstanceChargePrepaid InstanceChargeType ProjectId VirtualPrivateCloud",
        ["ExpansionNodeConfigOverview"] = "DataDisks ImageId InstanceChargePrepaid InstanceChargeType InternetAccessible SystemDisk VirtualPrivateCloud",
    };

    public static TheoryData<string> Names => [.. Shapes.Select(shape => shape.Shape)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_field_is_known_or_listed_as_passed_over(string name)
    {
        var (_, text, isQueue) = Array.Find(Shapes, shape => shape.Shape == name);
        var without = Read(text.Replace("%", "", StringComparison.Ordinal), isQueue);
        var unknown = Fields(name).Select(field => field.Name).Where(field =>
            Array.TrueForAll(Values, value => Read(text.Replace("%", $", \"{field}\": {value}", StringComparison.Ordinal), isQueue) == without));
        Assert.Equal(PassedOver.GetValueOrDefault(name, "").Split(' ', StringSplitOptions.RemoveEmptyEntries), unknown.Order(StringComparer.Ordinal));
    }

    /// <summary>What the API calls optional may be absent: that is taken, or warned of, and never stops the rest.</summary>
    [Theory]
    [InlineData("CFSOption", "{\"CFSOptions\": [{%}]}")]
    [InlineData("GooseFSOption", "{\"GooseFSOptions\": [{%}]}")]
    [InlineData("GooseFSxOption", "{\"GooseFSxOptions\": [{%}]}")]
    [InlineData("CosOption", "{\"CosOptions\": [{%}]}")]
    [InlineData("QueueConfig", "{\"QueueConfigs\": [{%}]}")]
    [InlineData("ExpansionNodeConfig", "{\"QueueConfigs\": [{\"QueueName\": \"q\", \"ExpansionNodeConfigs\": [{%}]}]}")]
    public void With_what_is_required_alone_nothing_is_complained_of(string name, string text)
    {
        var required = Fields(name).Where(field => !field.IsOptional).Select(field => field.Name switch
        {
            "LocalPath" => "\"LocalPath\": \"/p\"",
            "RemotePath" => "\"RemotePath\": \"/x\"",
            "QueueName" => "\"QueueName\": \"q\"",
            "Placement" => "\"Placement\": {\"Zone\": \"z\"}",
            var other => throw new InvalidOperationException($"{name}.{other} is required now, and this test has no value for it"),
        });
        Assert.DoesNotContain("complaint", Read(text.Replace("%", string.Join(", ", required), StringComparison.Ordinal), text.Contains("Queue", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public void The_defaults_of_mount_options_are_those_of_the_documents()
    {
        var documented = DefaultPattern().Matches(Model("CFSOption")).Select(match => match.Groups["default"].Value);
        Assert.Equal(documented, Enum.GetValues<CfsProtocol>().Select(CfsOptions.Default));
    }

    /// <summary>All that comes of a text: storage or queues, complaints, warnings.</summary>
    private static string Read(string json, bool isQueue)
    {
        List<ConfigDiagnostic> diagnostics = [];
        if (isQueue)
        {
            var config = ScalingJson.Parse(json, "f", diagnostics);
            return string.Join('\n', [
                config?.ExpansionBusyTime.ToString() ?? "",
                .. config?.Queues.Select(queue => $"{queue with { Nodes = [], LaunchTemplateIds = [] }} {string.Join(' ', queue.Nodes)} {string.Join(' ', queue.LaunchTemplateIds)}") ?? [],
                .. diagnostics.Select(diagnostic => $"complaint {diagnostic}"),
            ]);
        }

        List<string> said = [];
        var option = StorageOptionJson.Parse(json, "f", diagnostics, said);
        said.AddRange(diagnostics.Select(diagnostic => $"complaint {diagnostic}"));
        try
        {
            said.AddRange(Configs.Load(Configs.Cluster, null, new ConfigOverrides { Storage = option }).Settings.Select(setting => setting.ToString()));
        }
        catch (AgentException e)
        {
            said.Add($"complaint {e.Message}");
        }

        return string.Join('\n', said);
    }

    private static IEnumerable<(string Name, bool IsOptional)> Fields(string name) =>
        FieldPattern().Matches(Model(name)).Select(match => (match.Groups["name"].Value, match.Groups["optional"].Success));

    private static string Model(string name)
    {
        var path = Path.Combine(Agent.Repository, File);
        Assert.True(System.IO.File.Exists(path), $"{File} is not there; `npm ci --prefix tests/vendor-sdk --ignore-scripts` brings it");
        var text = System.IO.File.ReadAllText(path);
        var start = text.IndexOf($"\nexport interface {name} {{\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"the API has no {name} any more");
        return text[start..text.IndexOf("\n}", start, StringComparison.Ordinal)];
    }

    [GeneratedRegex(@"^    (?<name>[A-Za-z0-9]+)(?<optional>\?)?: ", RegexOptions.Multiline)]
    private static partial Regex FieldPattern();

    [GeneratedRegex(@"^  - (?:NFS 3\.0|NFS 4\.0|TURBO)默认值：(?<default>\S+)$", RegexOptions.Multiline)]
    private static partial Regex DefaultPattern();
}
