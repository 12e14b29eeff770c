using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Scaling;

/// <summary>The hints of errors in a scaling configuration.</summary>
internal static class Hints
{
    public static LocalizedText ChooseQueue { get; } = new("Choose one with --queue NAME.", "请用 --queue NAME 选择一个队列。");

    /// <param name="queues">The names of all queues.</param>
    public static LocalizedText KnownQueues(string queues) => new($"Choose one of these queues: {queues}.", $"请从以下队列中选择：{queues}。");
}
