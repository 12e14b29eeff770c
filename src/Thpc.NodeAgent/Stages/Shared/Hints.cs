using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Stages.Shared;

/// <summary>Hints of the room Stages/Shared, in both languages.</summary>
internal static class Hints
{
    public static LocalizedText CorrectScriptPath { get; } = new(
        "Put the script at this path, or correct script_path.",
        "请将脚本放到该路径，或修正 script_path。");
}
