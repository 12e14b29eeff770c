using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>Hints of the image stage.</summary>
internal static class Hints
{
    public static LocalizedText ListOperations { get; } = new(
        "Run `thpc-node-agent image prep --list-operations` to see all names; a list may also contain defaults, all and -NAME.",
        "运行 `thpc-node-agent image prep --list-operations` 可查看所有操作名；列表中还可使用 defaults、all 和 -NAME。");

    public static LocalizedText BackupFile { get; } = new(
        "Choose a new file in a directory that is not cleaned, preferably on another disk; nothing was removed.",
        "请指定不会被清理的目录中的新文件，最好位于另一块磁盘；未删除任何内容。");

    public static LocalizedText MarkerPath { get; } = new(
        "Inspect that path, remove or rename it, then run `thpc-node-agent image prep` again.",
        "请检查该路径，将其删除或重命名，然后重新运行 `thpc-node-agent image prep`。");
}
