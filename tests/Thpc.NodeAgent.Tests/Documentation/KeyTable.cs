using System.Text;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Tests.Documentation;

/// <summary>The table of all keys of the configuration, with a row for each section.</summary>
internal static class KeyTable
{
    public static string Write(Language language)
    {
        var header = language == Language.Chinese ? "| 键 | 类型和取值 | 默认值 | 含义 |" : "| key | type and values | default | meaning |";
        var text = new StringBuilder($"\n{header}\n|---|---|---|---|\n");
        foreach (var section in ConfigSection.All)
        {
            text.Add($"| **`{section.Header}`** | | | {section.Meaning.In(language)} |\n");
            foreach (var key in section.Keys)
            {
                text.Add($"| `{key.Name}` | {Type(key, language)} | {Default(key, language)} | {key.Meaning.In(language)} |\n");
            }
        }

        return text.Append('\n').ToString();
    }

    private static string Type(ConfigKey key, Language language)
    {
        var isChinese = language == Language.Chinese;
        var choices = string.Join(isChinese ? "、" : ", ", key.Choices.Select(choice => $"`{choice}`"));
        return key.Type switch
        {
            ConfigKeyType.Integer => $"{(isChinese ? "整数" : "integer")} {key.Min}–{key.Max}",
            ConfigKeyType.Boolean => isChinese ? "`true` 或 `false`" : "`true`, `false`",
            ConfigKeyType.Text => key.Choices.Count > 0 ? choices : isChinese ? "字符串" : "string",
            _ => (isChinese ? "字符串数组" : "strings") + (key.Max == 0 ? "" : isChinese ? $"，最多 {key.Max} 个" : $", max {key.Max}"),
        };
    }

    private static string Default(ConfigKey key, Language language)
    {
        var isChinese = language == Language.Chinese;
        var value = key.Type == ConfigKeyType.Integer ? $"{key.Number}" : key.Default;
        return key.IsRequired ? isChinese ? "必填" : "required" : string.IsNullOrEmpty(value) ? isChinese ? "无" : "none" : $"`{value}`";
    }
}
