using System.Text.RegularExpressions;

namespace Thpc.NodeAgent.Configuration;

/// <summary>A COS bucket, parsed from its host name.</summary>
/// <param name="Name">The name with APPID: demo-1250000000.</param>
/// <param name="Region">Null for the global acceleration host, whose name has no region.</param>
internal sealed partial record CosBucket(string Name, string AppId, string? Region)
{
    /// <summary>Returns null if the host names no bucket, such as a custom domain.</summary>
    public static CosBucket? FromHost(string host) => Pattern().Match(host) is { Success: true } match
        ? new CosBucket(
            match.Groups["name"].Value, match.Groups["appid"].Value, match.Groups["region"].Success ? match.Groups["region"].Value : null)
        : null;

    /// <returns>The bucket's name if the host is one of COS but the name does not end in an APPID; otherwise null.</returns>
    public static string? NameWithoutAppId(string host) =>
        host.Split('.', 2) is [{ Length: > 0 } name, var rest] && FromHost(host) is null && FromHost($"{name}-1.{rest}") is not null
            && name != "service"
            ? name
            : null;

    // Hosts: public, backup, internal, accelerated, accelerated internal (COS document "Regions and Access Endpoints").
    [GeneratedRegex(
        @"^(?<name>[a-z0-9][a-z0-9-]*-(?<appid>[0-9]+))\.(?:cos|cos-internal)"
        + @"\.(?:accelerate|(?<region>[a-z]+(?:-[a-z0-9]+)+))\.(?:myqcloud\.com|tencentcos\.cn)\z",
        RegexOptions.IgnoreCase)]
    private static partial Regex Pattern();
}
