using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Configuration;

/// <summary>What is wrong with a configuration, a flag or an input file.</summary>
internal static class Messages
{
    public static LocalizedText Flag(string name) => new($"flag {name}", $"命令行参数 {name}");

    public static LocalizedText Variable(string name) => new($"environment {name}", $"环境变量 {name}");
}
