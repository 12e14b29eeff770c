using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Cli;

/// <summary>Hints of the `image` commands.</summary>
internal static class ImageHints
{
    public static LocalizedText MountImage { get; } = new(
        "First mount or unpack the image in that directory, including the partition that contains its /etc.",
        "请先将镜像（包括 /etc 所在的分区）挂载或解包到该目录。");

    public static LocalizedText ReviewPlan { get; } = new(
        "Review the plan above, then run the command again with --yes.",
        "请检查上面的计划，确认无误后加 --yes 重新运行。");

    public static LocalizedText Confirm { get; } = new(
        "Answer y, or run the command with --yes.",
        "请回答 y，或加 --yes 运行。");
}
