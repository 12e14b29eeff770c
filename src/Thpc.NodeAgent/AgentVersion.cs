using System.Reflection;

namespace Thpc.NodeAgent;

/// <summary>Which agent this is.</summary>
internal static class AgentVersion
{
    public static string Text { get; } = typeof(AgentVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    /// <summary>Whether a version is later than another; false where one of them is no version ("0.2.0-rc.1" counts as 0.2.0).</summary>
    public static bool IsLater(string version, string than) => Number(version) is { } left && Number(than) is { } right && left > right;

    private static Version? Number(string text) => Version.TryParse(text.Split('-', '+')[0], out var version) ? version : null;
}
