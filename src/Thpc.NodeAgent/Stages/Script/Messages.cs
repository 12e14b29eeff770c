using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Stages.Script;

/// <summary>What is wrong with an init script, or how it ended.</summary>
internal static class Messages
{
    public static LocalizedText RebootLoop(string script, LocalizedText times, string boot) => new(
        $"{script} was started at {times.English} and did not finish; boot {boot} does not start it again",
        $"{script} 已启动过（{times.Chinese}）但没有完成；本次启动（{boot}）不再执行它");

    public static LocalizedText StartedAt(string time, string boot) => new($"{time} (boot {boot})", $"{time}，启动 {boot}");

    public static LocalizedText And { get; } = new(" and ", "；以及 ");

    public static LocalizedText ByteOrderMark(string name, string mark) => new(
        $"{name} begins with a {mark} byte-order mark, so it does not begin with `#!/`", $"{name} 以 {mark} 字节顺序标记开头，因此不是以 `#!/` 开头");

    public static LocalizedText NoShebang(string name, LocalizedText start) => new(
        $"{name} does not begin with `#!/`: {start.English}", $"{name} 不是以 `#!/` 开头：{start.Chinese}");

    public static LocalizedText LineTooLong(string name, int max) => new(
        $"{name}: its first line is longer than {max} bytes, the maximum that Linux reads", $"{name}：第一行超过 {max} 字节，这是 Linux 读取的上限");

    public static LocalizedText CrLfInterpreter(string name, string interpreter) => new(
        $"{name} has CRLF line endings: its interpreter would be \"{interpreter}\\r\"",
        $"{name} 使用 CRLF 换行：解释器会变成 \"{interpreter}\\r\"");

    public static LocalizedText NulByte(string name, LocalizedText start) => new(
        $"{name}: its first line has a NUL byte: {start.English}", $"{name}：第一行含有 NUL 字节：{start.Chinese}");

    public static LocalizedText NoInterpreter(string name, string interpreter) => new(
        $"{name} needs {interpreter}, which does not exist on this node or is not executable",
        $"{name} 需要 {interpreter}，但本节点上没有该程序，或者它不可执行");

    public static LocalizedText NotFoundByEnv(string name, string program, string path) => new(
        $"{name} needs `{program}`, but env does not find it in {path}",
        $"{name} 需要 `{program}`，但 env 在 {path} 中找不到它");

    public static LocalizedText OneName { get; } = new(
        " (env takes this as one name; `env -S` splits it)", "（env 把它当作一个名称；`env -S` 会将其拆分）");

    public static LocalizedText Empty { get; } = new("it is empty", "文件为空");

    public static LocalizedText BeginsWith(string start) => new($"it begins with \"{start}\"", $"开头是 \"{start}\"");

    public static LocalizedText CrLf(string name, string line) => new(
        $"{name} has CRLF line endings, the first in line {line}: the shell would take each carriage return as part of the last word",
        $"{name} 使用 CRLF 换行，首次出现在第 {line} 行：shell 会把每个回车符当作最后一个单词的一部分");

    public static LocalizedText Deadlock(
        string name, string command, LocalizedText process, LocalizedText reason, LocalizedText last) => new(
        $"{name}: `{command}` ({process.English}) waits for {reason.English}: neither can finish, "
        + $"so the script and all its processes were killed; {last.English}",
        $"{name}：`{command}`（{process.Chinese}）在等待{reason.Chinese}：双方都无法结束，因此脚本及其所有进程已被终止；{last.Chinese}");

    public static LocalizedText NotStarted(string name, string limit) => new(
        $"{name}: the download used up its limit of {limit} s, so it was not started",
        $"{name}：下载已用完其时限（{limit} 秒），因此没有执行");

    public static LocalizedText OnlyAttemptFailed(string name, int code, string limit, LocalizedText last) => new(
        $"{name} exited with {code} (EX_TEMPFAIL) in its only attempt, "
        + $"and its limit of {limit} s, including the download, leaves no time for another; {last.English}",
        $"{name} 仅尝试了一次，以退出码 {code}（EX_TEMPFAIL）结束；其时限（{limit} 秒，包括下载）不够再试一次；{last.Chinese}");

    public static LocalizedText AttemptsFailed(string name, int code, int attempts, string limit, LocalizedText last) => new(
        $"{name} exited with {code} (EX_TEMPFAIL) in each of its {attempts} attempts, "
        + $"and its limit of {limit} s, including the download, leaves no time for another; {last.English}",
        $"{name} 的 {attempts} 次尝试均以退出码 {code}（EX_TEMPFAIL）结束；其时限（{limit} 秒，包括下载）不够再试一次；{last.Chinese}");

    public static LocalizedText TimedOut(string name, string limit) => new(
        $"{name} was still running after {limit} s, including the download, and was killed with all its processes; ",
        $"{name} 在 {limit} 秒（包括下载）后仍在执行，已连同其所有进程被终止；");

    public static LocalizedText LaterAttempt(int attempts, int code) => new(
        $"it was attempt {attempts}, after attempts that exited with {code}; ", $"这是第 {attempts} 次尝试，此前的尝试以退出码 {code} 结束；");

    public static LocalizedText Activity(string findings) => new($"it was {findings}; ", $"当时的状态：{findings}；");

    public static LocalizedText KilledBySignal(string name, int signal, int code) => new(
        $"{name} was killed by signal {signal} (or exited with {code}); ", $"{name} 被信号 {signal} 终止（或以退出码 {code} 结束）；");

    public static LocalizedText Exited(string name, int code) => new($"{name} exited with {code}; ", $"{name} 以退出码 {code} 结束；");

    public static LocalizedText OtherHash(string name, string actual, string expected) => new(
        $"{name} has sha256 {actual}, but the configuration requires {expected}", $"{name} 的 sha256 是 {actual}，但配置要求 {expected}");

    public static LocalizedText LastOutput(string text) => new($"last output: {text}", $"最后的输出：{text}");

    public static LocalizedText PrintedNothing { get; } = new("it printed nothing", "没有任何输出");
}
