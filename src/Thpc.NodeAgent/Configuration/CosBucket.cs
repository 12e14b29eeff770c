using System.Text.RegularExpressions;

namespace Thpc.NodeAgent.Configuration;

/// <summary>A bucket, by the host under which COS answers for it.</summary>
/// <param name="Name">With the APPID: demo-1250000000.</param>
/// <param name="Region">Null behind the accelerated host, which has none in its name.</param>
internal sealed partial record CosBucket(string Name, string AppId, string? Region)
{
    /// <summary>Null where the host names no bucket, as a custom domain does.</summary>
    public static CosBucket? FromHost(string host) => Pattern().Match(host) is { Success: true } match
        ? new CosBucket(match.Groups["name"].Value, match.Groups["appid"].Value, match.Groups["region"].Success ? match.Groups["region"].Value : null)
        : null;

    // Hosts: public, backup, internal, accelerated, accelerated internal (COS document "Regions and Access Endpoints").
    [GeneratedRegex(@"^(?<name>[a-z0-9][a-z0-9-]*-(?<appid>[0-9]+))\.(?:cos|cos-internal)\.(?:accelerate|(?<region>[a-z]+(?:-[a-z0-9]+)+))\.(?:myqcloud\.com|tencentcos\.cn)\z", RegexOptions.IgnoreCase)]
    private static partial Regex Pattern();
}
