using System.Reflection;
using System.Runtime.InteropServices;

namespace Thpc.NodeAgent;

/// <summary>The version of this agent.</summary>
internal static class AgentVersion
{
    public static string Text { get; } =
        typeof(AgentVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    /// <summary>
    /// The output of `--version`: version, commit, runtime, OpenSSL and the oldest supported glibc. The last two depend on the linker, so
    /// publish.sh passes them to the build.
    /// </summary>
    public static string Details =>
        $"""
         thpc-node-agent {Text}
         commit   {Metadata("Commit")}
         runtime  {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}
         openssl  {Metadata("OpenSsl")}
         glibc    {Metadata("Glibc")}
         """;

    /// <returns>Whether one version is newer than another, without their suffixes; false if one of them is not a version.</returns>
    public static bool IsLater(string version, string than) => Parse(version) is { } left && Parse(than) is { } right && left > right;

    private static Version? Parse(string text) => Version.TryParse(text.Split('-', '+')[0], out var version) ? version : null;

    private static string Metadata(string key) =>
        typeof(AgentVersion).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(item => item.Key == key)?.Value is { Length: > 0 } value ? value : "unknown";
}
