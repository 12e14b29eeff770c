using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Configuration;

/// <summary>The hints of the configuration's errors.</summary>
internal static class Hints
{
    public static LocalizedText EditStorageByHand { get; } = new(
        "Edit the file by hand: write each storage as a separate [[cfs]], [[goosefs]] or [[goosefsx]] table; nothing was changed.",
        "请手动编辑该文件：每个存储写成单独的 [[cfs]]、[[goosefs]] 或 [[goosefsx]] 表；未做任何改动。");

    public static LocalizedText WriteConfig { get; } = new(
        "Write one with `thpc-node-agent config init`, or name an existing file with --config FILE.",
        "请用 `thpc-node-agent config init` 生成一个，或用 --config FILE 指定已有的文件。");

    public static LocalizedText CorrectFlag { get; } = new(
        "Correct the option named in the first line, and the other problems listed.",
        "请修正首行指出的命令行参数，以及列出的其他问题。");

    public static LocalizedText CorrectVariable { get; } = new(
        "Correct or unset the environment variable named in the first line; correct the other problems listed.",
        "请修正或取消首行指出的环境变量；并修正列出的其他问题。");

    public static LocalizedText PathAlreadyConfigured { get; } = new(
        "Remove the existing storage first, or choose another local_path; nothing was changed.",
        "请先移除已有的存储，或改用其他 local_path；未做任何改动。");
}
