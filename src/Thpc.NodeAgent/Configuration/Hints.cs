using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Configuration;

/// <summary>The hints of the configuration's errors.</summary>
internal static class Hints
{
    public static LocalizedText EditStorageByHand { get; } = new(
        "Edit the file by hand: write each storage as a separate [[cfs]], [[goosefs]] or [[goosefsx]] table; nothing was changed.",
        "请手动编辑该文件：每个存储写成单独的 [[cfs]]、[[goosefs]] 或 [[goosefsx]] 表；未做任何改动。");

    public static LocalizedText PathAlreadyConfigured { get; } = new(
        "Remove the existing storage first, or choose another local_path; nothing was changed.",
        "请先移除已有的存储，或改用其他 local_path；未做任何改动。");
}
