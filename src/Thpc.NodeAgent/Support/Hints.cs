using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Support;

/// <summary>The sentences of a bundle's summary.</summary>
internal static class Hints
{
    public static LocalizedText NoRun { get; } = new("no run has left a report on this node", "该节点上没有任何运行的报告");

    public static LocalizedText NoFindings { get; } = new("doctor: its checks did not end in time", "doctor：检查未在时限内完成");

    public static LocalizedText Content { get; } = new("files of this folder:", "本目录中的文件：");

    public static LocalizedText Redacted(string files) => new(
        $"hidden as {Text.Redactor.Mark}, with the number of places: {files}", $"已用 {Text.Redactor.Mark} 隐去的内容，括号内为处数：{files}");

    public static LocalizedText NothingRedacted { get; } = new(
        "nothing was recognised as secret", "没有识别出敏感内容");

    public static LocalizedText Incomplete { get; } = new("not complete:", "不完整的文件：");
}
