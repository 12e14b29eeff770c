namespace Thpc.NodeAgent.Errors;

internal static class Messages
{
    public static LocalizedText Interrupted { get; } = new("the run was interrupted", "运行被中断");
}
