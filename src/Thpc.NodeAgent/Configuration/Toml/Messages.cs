using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Configuration.Toml;

/// <summary>What is wrong with a text that should be TOML, with its keys and its tables.</summary>
internal static class Messages
{
    // Kinds of values.
    public static LocalizedText AString { get; } = new("a string", "字符串");

    public static LocalizedText AnInteger { get; } = new("an integer", "整数");

    public static LocalizedText AFraction { get; } = new("a fraction", "小数");

    public static LocalizedText TrueOrFalse { get; } = new("true or false", "布尔值 true 或 false");

    public static LocalizedText AList { get; } = new("a list", "列表");

    public static LocalizedText ADate { get; } = new("a date or time", "日期或时间");

    public static LocalizedText ATable { get; } = new("a table", "表");

    // Syntax.
    public static LocalizedText Json { get; } = new(
        "this is JSON, not TOML; save the JSON as a file of its own, and name that file in option_file of [storage]",
        "这是 JSON，不是 TOML；请把 JSON 另存为单独的文件，并在 [storage] 的 option_file 中指定该文件");

    public static LocalizedText NotUtf8 { get; } = new(
        "the file is not UTF-8, perhaps GBK; save it as UTF-8, or convert it: iconv -f GBK -t UTF-8 FILE",
        "文件不是 UTF-8，可能是 GBK；请另存为 UTF-8，或转换：iconv -f GBK -t UTF-8 FILE");

    public static LocalizedText Colon { get; } = new(
        "a key is followed by : here; replace it with =", "此处配置键之后是 :，请改为 =");

    public static LocalizedText Comma { get; } = new(
        "a comma follows the value; remove it, and write each key on a line of its own", "值之后有逗号；请删除，每个配置键单独写一行");

    public static LocalizedText TextAfterValue { get; } = new(
        "more text follows the value; write each key on a line of its own", "值之后还有其他内容；每个配置键请单独写一行");

    public static LocalizedText NoComma { get; } = new(
        "the items of a list need commas between them", "列表元素之间须用逗号分隔");

    public static LocalizedText NotListItem { get; } = new(
        "this is not a value of a list; write text in quotes, and close the list with ]",
        "这不是列表中的值；文本请加引号，列表请用 ] 结束");

    public static LocalizedText NotToml { get; } = new("this is not TOML", "这不是 TOML");

    public static LocalizedText InvalidEscape { get; } = new(
        "\\ begins no valid escape here; write \\\\ for a backslash", "此处的 \\ 不是有效转义的开头；反斜杠请写成 \\\\");

    public static LocalizedText InvalidEscapeInString { get; } = new(
        "a \\ in a string begins no valid escape; write \\\\ for a backslash", "字符串中的 \\ 不是有效转义的开头；反斜杠请写成 \\\\");

    public static LocalizedText NoClosingHeader(string brackets) => new(
        $"the header has no closing {brackets}", $"表头缺少结尾的 {brackets}");

    public static LocalizedText UnequalHeader(string open, string close, string header) => new(
        $"the header begins with {open} and ends with {close}; write {header}", $"表头以 {open} 开头，却以 {close} 结尾；请写 {header}");

    public static LocalizedText NoEquals(string key) => new($"there is no = after {key}", $"{key} 之后缺少 =");

    public static LocalizedText NoValue(string key) => new(
        $"{key} has no value; write {key} = \"...\"", $"{key} 没有值；请写 {key} = \"...\"");

    public static LocalizedText NotNumber(string key, int example) => new(
        $"this is not a number; write {key} = {example}, for example", $"这不是数字；请写数字，例如 {key} = {example}");

    public static LocalizedText NoOpeningQuote(string quote) => new(
        $"the string has no opening {quote}", $"字符串缺少开头的 {quote}");

    public static LocalizedText NoQuotes(string key, string value) => new(
        $"text needs quotes; write {key} = \"{value}\"", $"文本须加引号；请写 {key} = \"{value}\"");

    public static LocalizedText Placeholder(string text) => new(
        $"{text} is a placeholder that was not replaced; write the value itself", $"{text} 是未替换的占位符；请填写实际的值");

    /// <param name="why">What the parser reports.</param>
    public static LocalizedText NotTomlBecause(LocalizedText why) => new(
        $"this is not TOML: {why.English}", $"这不是 TOML：{why.Chinese}");

    public static LocalizedText Blank(string codePoint) => new(
        $"this blank is the character {codePoint}; replace it with a space", $"此处的空白是字符 {codePoint}；请改为空格");

    public static LocalizedText TypographicQuote(string name) => new(
        $"{name} is a typographic quote; replace it with \"", $"{name} 是排版引号；请改为 \"");

    public static LocalizedText NotAscii(string name, string right) => new(
        $"{name} is not the ASCII character; replace it with {right}", $"{name} 不是 ASCII 字符；请改为 {right}");

    public static LocalizedText NoClosing(string open, string close) => new(
        $"{open} has no closing {close}", $"{open} 缺少对应的 {close}");

    public static LocalizedText NoClosingLongString(string quotes) => new(
        $"the string that begins with {quotes} has no closing {quotes}", $"以 {quotes} 开头的字符串缺少结尾的 {quotes}");

    public static LocalizedText TypographicEnd(string quote, string name) => new(
        $"the string begins with {quote} and ends with {name}; replace that with {quote}",
        $"字符串以 {quote} 开头，却以 {name} 结尾；请将后者改为 {quote}");

    public static LocalizedText NoClosingQuote(string quote) => new(
        $"the string has no closing {quote}", $"字符串缺少结尾的 {quote}");

    public static LocalizedText TableTwice(string key, string line) => new(
        $"{key}: is given twice, first in line {line}; write [[{key}]] each time, not [{key}]",
        $"{key}: 出现两次，首次在第 {line} 行；每次都请写 [[{key}]]，不要写 [{key}]");

    public static LocalizedText KeyTwice(string key, string line) => new(
        $"{key}: is given twice, first in line {line}; keep one of them", $"{key}: 出现两次，首次在第 {line} 行；请只保留一个");

    // Keys and tables. These follow the key and a colon.
    public static LocalizedText Missing(string key, string example) => new(
        $"is missing; add it, for example {key} = \"{example}\"", $"未填写；请添加，例如 {key} = \"{example}\"");

    public static LocalizedText ListMissing(LocalizedText remedy, string key, string example) => new(
        $"is missing; {remedy.English}, for example {key} = [\"{example}\"]",
        $"未填写；{remedy.Chinese}，例如 {key} = [\"{example}\"]");

    public static LocalizedText ExpectedTexts(LocalizedText kind) => new(
        $"is {kind.English}, expected a list of strings such as [\"a\", \"b\"]",
        $"值为{kind.Chinese}，应为字符串列表，如 [\"a\", \"b\"]");

    public static LocalizedText ExpectedInteger(LocalizedText kind, string key) => new(
        $"is {kind.English}, expected an integer such as {key} = 30", $"值为{kind.Chinese}，应为整数，如 {key} = 30");

    public static LocalizedText ExpectedBoolean(LocalizedText kind, string key) => new(
        $"is {kind.English}, expected {key} = true or {key} = false", $"值为{kind.Chinese}，应为 {key} = true 或 {key} = false");

    public static LocalizedText ExpectedTable(LocalizedText kind, string name) => new(
        $"is {kind.English}, expected a table: write [{name}] and its keys below",
        $"值为{kind.Chinese}，应为表：请写 [{name}]，并在其下写配置键");

    public static LocalizedText ExpectedTables(LocalizedText kind, string name) => new(
        $"is {kind.English}, expected [[{name}]] with its keys below, once for each",
        $"值为{kind.Chinese}，应写 [[{name}]]，并在其下写配置键，每项写一次");

    public static LocalizedText OnlyOne(string name) => new(
        $"is written [[{name}]], but there is only one; write [{name}]", $"写成了 [[{name}]]，但该表只有一个；请写 [{name}]");

    public static LocalizedText Repeated(string name) => new(
        $"is written [{name}], but it may be repeated; write [[{name}]]", $"写成了 [{name}]，但该表可重复；请写 [[{name}]]");

    public static LocalizedText UnknownKey(string known) => new(
        $"is not a known key; known keys: {known}", $"不是已知的配置键；已知的配置键：{known}");

    public static LocalizedText MisspelledKey(string near) => new(
        $"is not a known key; did you mean {near}?", $"不是已知的配置键；是否指 {near}？");

    // Changes of the file.
    public static LocalizedText CannotAppend(string file, string sections) => new(
        $"{file}: [[{sections}]] cannot be appended: the file already has this list as NAME = [...]",
        $"{file}: 无法追加 [[{sections.Replace(" and ", "、", StringComparison.Ordinal)}]]：文件中已有写成 NAME = [...] 的该列表");

    public static LocalizedText NoSuchStorage(string file, string path) => new(
        $"{file}: has no [[cfs]], [[goosefs]] or [[goosefsx]] with local_path = \"{path}\" (storage.option_file may have it)",
        $"{file}: 没有 local_path = \"{path}\" 的 [[cfs]]、[[goosefs]] 或 [[goosefsx]]（可能在 storage.option_file 中）");

    public static LocalizedText SeveralTimes(string file, string path, int count) => new(
        $"{file}: has local_path = \"{path}\" {count} times", $"{file}: local_path = \"{path}\" 出现 {count} 次");

    public static LocalizedText NotSeparate(string file, string section, string path) => new(
        $"{file}: the {section} at \"{path}\" is not written as a separate [[{section}]] table",
        $"{file}: 位于 \"{path}\" 的 {section} 没有写成单独的 [[{section}]] 表");

    public static LocalizedText NotForStorage(string file, string key, string section, LocalizedText kind) => new(
        $"{file}: {key} of the added {section} is {kind.English}, which is not valid for storage",
        $"{file}: 要添加的 {section} 中，{key} 的值为{kind.Chinese}，不能用于存储");
}
