using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Scaling;

/// <summary>What is wrong with a scaling configuration, or with the options of a command that reads one.</summary>
internal static class Messages
{
    public static LocalizedText NoTypes { get; } = new(
        "contains no instance types; expected the response of CVM's DescribeInstanceTypeConfigs, "
        + "{\"InstanceTypeConfigSet\": [{\"InstanceType\": \"S5.2XLARGE16\", \"CPU\": 8, \"Memory\": 16}]}",
        "不含实例规格；应为 CVM 的 DescribeInstanceTypeConfigs 的响应，"
        + "{\"InstanceTypeConfigSet\": [{\"InstanceType\": \"S5.2XLARGE16\", \"CPU\": 8, \"Memory\": 16}]}");

    public static LocalizedText NoQueueConfigs { get; } = new(
        "contains no QueueConfigs; expected the body of SetAutoScalingConfiguration, {\"QueueConfigs\": [...]}, "
        + "or the response of DescribeAutoScalingConfiguration",
        "不含 QueueConfigs；应为 SetAutoScalingConfiguration 的请求体 {\"QueueConfigs\": [...]}，"
        + "或 DescribeAutoScalingConfiguration 的响应");

    public static LocalizedText NoQueues { get; } = new("is empty; at least one queue is required", "为空；至少须有一个队列");

    public static LocalizedText NotMemory(string text) => new(
        $"\"{text}\" is not an amount of memory; use GB, such as 12 or 3.6, or a unit, such as 12G or 4096M",
        $"\"{text}\" 不是内存大小；请以 GB 为单位，如 12 或 3.6，或带单位，如 12G 或 4096M");

    public static LocalizedText NotSize(string text) => new(
        $"\"{text}\" is not an instance size; use TYPE=CPUS,GB, such as S5.2XLARGE16=8,16",
        $"\"{text}\" 不是实例规格；请用 TYPE=CPUS,GB，如 S5.2XLARGE16=8,16");

    public static LocalizedText NotTime(string text) => new(
        $"\"{text}\" is not a time; use 14:00 for today, or 2026-11-30T14:00, with +08:00 or Z for a zone",
        $"\"{text}\" 不是时间；今天请用 14:00，其他日期请用 2026-11-30T14:00，时区用 +08:00 或 Z");

    public static LocalizedText QueueTwice(string name) => new($"\"{name}\" is given twice", $"\"{name}\" 出现两次");

    public static LocalizedText MinAboveMax(int min, int max) => new(
        $"{min} is above MaxSize, which is {max}", $"{min} 大于 MaxSize，后者为 {max}");

    public static LocalizedText NoQueue(string name) => new($"there is no queue {name}", $"没有队列 {name}");

    public static LocalizedText SeveralQueues(int count, string names) => new(
        $"there are {count} queues: {names}", $"有 {count} 个队列：{names}");
}
