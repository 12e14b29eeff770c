using System.Reflection;
using System.Runtime.InteropServices;

namespace Thpc.NodeAgent;

/// <summary>Which agent this is.</summary>
internal static class AgentVersion
{
    public static string Text { get; } = typeof(AgentVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    /// <summary>
    /// What `--version` says: version, commit, runtime, OpenSSL and the least glibc. The last two are the linker's doing, so publish.sh
    /// tells the build of them.
    /// </summary>
    public static string Details =>
        $"""
         thpc-node-agent {Text}
         commit   {Metadata("Commit")}
         runtime  {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}
         openssl  {Metadata("OpenSsl")}
         glibc    {Metadata("Glibc")}
         """;

    /// <summary>Whether a version is later than another; false where one of them is no version ("0.2.0-rc.1" counts as 0.2.0).</summary>
    public static bool IsLater(string version, string than) => Number(version) is { } left && Number(than) is { } right && left > right;

    private static Version? Number(string text) => Version.TryParse(text.Split('-', '+')[0], out var version) ? version : null;

    private static string Metadata(string key) =>
        typeof(AgentVersion).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(item => item.Key == key)?.Value is { Length: > 0 } value ? value : "unknown";
}
