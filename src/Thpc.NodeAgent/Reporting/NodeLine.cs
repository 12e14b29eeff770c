using System.Globalization;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Reporting;

/// <summary>Which node a text is about, and when: "COMPUTE of hpc-1, host node417, instance ins-1, started ...".</summary>
internal static class NodeLine
{
    /// <param name="role">With the cluster; null, as anything else, is left out.</param>
    public static string Write(string? role, string? cluster, string? host, string? instance, LocalizedText time, Language language) =>
        string.Join(
            language == Language.Chinese ? "，" : ", ",
            ((LocalizedText?[])
            [
                role is { Length: > 0 } && cluster is { Length: > 0 } ? Hints.Role(role, cluster) : null,
                host is null ? null : Hints.Host(host),
                instance is null ? null : Hints.Instance(instance),
                time,
            ]).OfType<LocalizedText>().Select(text => text.In(language)));

    /// <summary>The time on the node's own clock, with its offset, and in UTC.</summary>
    public static string Time(DateTimeOffset time, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(time, zone);
        var utc = time.UtcDateTime;
        return local.Offset == TimeSpan.Zero
            ? string.Create(CultureInfo.InvariantCulture, $"{utc:yyyy-MM-dd HH:mm:ss} UTC")
            : string.Create(CultureInfo.InvariantCulture, $"{local:yyyy-MM-dd HH:mm:ss zzz} ({utc:HH:mm:ss} UTC)");
    }
}
