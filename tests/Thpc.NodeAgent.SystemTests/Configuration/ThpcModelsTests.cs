using System.Text.RegularExpressions;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Configuration.Api;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Scaling;

namespace Thpc.NodeAgent.SystemTests.Configuration;

/// <summary>
/// Compares the readers with the description of the API in the vendor's SDK. Every field either changes the result or is listed as
/// ignored, so that a field of a later API fails this test until it is handled.
/// </summary>
public sealed partial class ThpcModelsTests
{
    private const string File =
        "tests/vendor-sdk/node_modules/tencentcloud-sdk-nodejs/tencentcloud/services/thpc/v20230321/thpc_models.d.ts";

    // Values of a wrong kind, and values that select a kind of storage.
    private static readonly string[] Values =
        ["{\"x\": 1}", "[1]", "5", "\"cosn://b/\"", "\"{}\"", "[{\"LocalPath\": \"/p\", \"ScriptPath\": \"cos://b.c/a.sh\"}]"];

    /// <summary>Reads a text with this field in this shape; % in the text stands for the field, after a comma.</summary>
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
        ("ExpansionNodeConfigOverview", "{\"QueueConfigs\": [{\"QueueName\": \"q\", \"ExpansionNodeConfigs\": [{\"Placement\": {}%}]}]}",
            true),
        ("Placement",
            "{\"QueueConfigs\": [{\"QueueName\": \"q\", \"ExpansionNodeConfigs\": [{\"InstanceType\": \"t\", \"Placement\": {\"x\": "
                + "1%}}]}]}", true),
    ];

    /// <summary>Fields that affect neither the mounted storage nor the added nodes.</summary>
    private static readonly Dictionary<string, string> PassedOver = new(StringComparer.Ordinal)
    {
        ["DescribeClusterStorageOptionResponse"] = "RequestId",

        // Only storage and scripts matter; the cluster's name, scheduler and accounts are in the node's own configuration.
        ["CreateClusterRequest"] = "AccountType AutoScalingType ClientToken ClusterName ComputeNode ComputeNodeCount DryRun HpcClusterId "
            + "ImageId LoginNode LoginNodeCount LoginSettings ManagerNode ManagerNodeCount Placement SchedulerType SchedulerVersion "
            + "SecurityGroupIds Tags VirtualPrivateCloud",

        // Scripts in this file are not run.
        ["NodeScript"] = "Timeout",
        ["SetAutoScalingConfigurationRequest"] = "ClusterId DryRun",
        ["DescribeAutoScalingConfigurationResponse"] = "ClusterId RequestId",
        ["QueueConfig"] = "DataDisks EnhancedService ImageId InternetAccessible SystemDisk",
        ["ExpansionNodeConfig"] = "InstanceChargePrepaid InstanceChargeType ProjectId VirtualPrivateCloud",
        ["ExpansionNodeConfigOverview"] = "DataDisks ImageId InstanceChargePrepaid InstanceChargeType InternetAccessible SystemDisk "
            + "VirtualPrivateCloud",
    };

    public static TheoryData<string> Names => [.. Shapes.Select(shape => shape.Shape)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_field_is_read_or_listed_as_ignored(string name)
    {
        var (_, text, isQueue) = Array.Find(Shapes, shape => shape.Shape == name);
        var without = Read(text.Replace("%", "", StringComparison.Ordinal), isQueue);
        var unknown = Fields(name).Select(field => field.Name).Where(field =>
            Array.TrueForAll(
                Values, value => Read(text.Replace("%", $", \"{field}\": {value}", StringComparison.Ordinal), isQueue) == without));
        Assert.Equal(
            PassedOver.GetValueOrDefault(name, "").Split(' ', StringSplitOptions.RemoveEmptyEntries),
            unknown.Order(StringComparer.Ordinal));
    }

    /// <summary>Optional fields of the API may be absent: the option is accepted or gives a warning, and others are not affected.</summary>
    [Theory]
    [InlineData("CFSOption", "{\"CFSOptions\": [{%}]}")]
    [InlineData("GooseFSOption", "{\"GooseFSOptions\": [{%}]}")]
    [InlineData("GooseFSxOption", "{\"GooseFSxOptions\": [{%}]}")]
    [InlineData("CosOption", "{\"CosOptions\": [{%}]}")]
    [InlineData("QueueConfig", "{\"QueueConfigs\": [{%}]}")]
    [InlineData("ExpansionNodeConfig", "{\"QueueConfigs\": [{\"QueueName\": \"q\", \"ExpansionNodeConfigs\": [{%}]}]}")]
    public void Required_fields_alone_give_no_diagnostic(string name, string text)
    {
        var required = Fields(name).Where(field => !field.IsOptional).Select(field => field.Name switch
        {
            "LocalPath" => "\"LocalPath\": \"/p\"",
            "RemotePath" => "\"RemotePath\": \"/x\"",
            "QueueName" => "\"QueueName\": \"q\"",
            "Placement" => "\"Placement\": {\"Zone\": \"z\"}",
            var other => throw new InvalidOperationException($"{name}.{other} is required now, and this test has no value for it"),
        });
        Assert.DoesNotContain(
            "complaint",
            Read(text.Replace("%", string.Join(", ", required), StringComparison.Ordinal),
                text.Contains("Queue", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public void Defaults_of_mount_options_match_the_documentation()
    {
        var documented = DefaultPattern().Matches(Model("CFSOption")).Select(match => match.Groups["default"].Value);
        Assert.Equal(documented, Enum.GetValues<CfsProtocol>().Select(CfsOptions.Default));
    }

    /// <summary>The result of reading a text: storage or queues, diagnostics, warnings.</summary>
    private static string Read(string json, bool isQueue)
    {
        List<ConfigDiagnostic> diagnostics = [];
        if (isQueue)
        {
            var config = ScalingJson.Parse(json, "f", diagnostics);
            return string.Join('\n', [
                config?.ExpansionBusyTime.ToString() ?? "",
                .. config?.Queues.Select(queue =>
                    $"{queue with { Nodes = [], LaunchTemplateIds = [] }} {string.Join(' ', queue.Nodes)} "
                        + $"{string.Join(' ', queue.LaunchTemplateIds)}") ?? [],
                .. diagnostics.Select(diagnostic => $"complaint {diagnostic}"),
            ]);
        }

        List<string> said = [];
        var option = StorageOptionJson.Parse(json, "f", diagnostics, said);
        said.AddRange(diagnostics.Select(diagnostic => $"complaint {diagnostic}"));
        try
        {
            said.AddRange(Configs.Load(Configs.Cluster, null, new ConfigOverrides { Storage = option }).Settings.Select(
                setting => setting.ToString()));
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
        var path = Path.Combine(Repository.Root, File);
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
