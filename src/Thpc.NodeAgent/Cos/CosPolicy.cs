using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Cos;

/// <summary>The least that a CAM policy must allow so that the node can read its init scripts.</summary>
/// <param name="Resources">qcs::cos:REGION:uid/APPID:BUCKET-APPID/KEY (CAM document "Resource Description Method").</param>
/// <param name="Notes">Remarks for the reader of the policy, one sentence each.</param>
internal sealed record CosPolicy(IReadOnlyList<string> Resources, IReadOnlyList<string> Notes)
{
    private const string SignatureSuffix = ".sig";
    public const string Action = "name/cos:GetObject";

    /// <param name="signed">Whether the node also reads a signature (SCRIPT.sig) beside each script.</param>
    /// <exception cref="AgentException">CONFIG_INVALID: a script's host does not name its bucket.</exception>
    public static CosPolicy For(IEnumerable<InitScript> scripts, bool signed = false)
    {
        List<string> resources = [];
        List<string> notes = [];
        foreach (var script in scripts)
        {
            if (script.Location.Scheme != "cos")
            {
                notes.Add($"{script.DisplayName} needs no permission: the node does not fetch it from COS with a signed request");
                continue;
            }

            var bucket = CosBucket.FromHost(script.Location.Host)
                ?? throw new AgentException(
                    ErrorCode.ConfigInvalid,
                    $"{script.DisplayName}: " + Messages.HostWithoutBucket(script.Location.Host),
                    Hints.UseBucketHost);
            var key = Uri.UnescapeDataString(script.Location.AbsolutePath[1..]);
            if (bucket.Region is null)
            {
                notes.Add(
                    $"{script.Location.Host} names no region, so its resource covers all regions: "
                    + "insert the bucket's region after \"qcs::cos:\"");
            }

            if (key.Contains('*', StringComparison.Ordinal))
            {
                notes.Add($"{script.DisplayName} has a * in its key. CAM takes it as a wildcard: the policy allows all matching objects");
            }

            var resource = $"qcs::cos:{bucket.Region}:uid/{bucket.AppId}:{bucket.Name}/{key}";
            resources.AddRange(signed ? [resource, resource + SignatureSuffix] : [resource]);
        }

        return new CosPolicy([.. resources.Distinct(StringComparer.Ordinal)], [.. notes.Distinct(StringComparer.Ordinal)]);
    }
}
