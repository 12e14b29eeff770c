using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Cos;

/// <summary>What a CAM policy must allow for the init scripts to be read, and no more.</summary>
/// <param name="Resources">In the form of CAM's document "Resource Description Method": qcs::cos:REGION:uid/APPID:BUCKET-APPID/KEY.</param>
/// <param name="Notes">What the reader of the policy should know, a sentence each.</param>
internal sealed record CosPolicy(IReadOnlyList<string> Resources, IReadOnlyList<string> Notes)
{
    private const string SignatureSuffix = ".sig";
    public const string Action = "name/cos:GetObject";

    /// <exception cref="AgentException">CONFIG_INVALID: a script's host does not tell its bucket.</exception>
    /// <param name="signed">Whether each has a signature beside it, which is read too.</param>
    public static CosPolicy For(IEnumerable<InitScript> scripts, bool signed = false)
    {
        List<string> resources = [];
        List<string> notes = [];
        foreach (var script in scripts)
        {
            if (script.Location.Scheme != "cos")
            {
                notes.Add($"{script.DisplayName} is not fetched from COS with a signature and needs nothing");
                continue;
            }

            var bucket = CosBucket.FromHost(script.Location.Host)
                ?? throw new AgentException(ErrorCode.ConfigInvalid, $"{script.DisplayName}: {script.Location.Host} does not tell which bucket it is", new("Give script_path with the bucket's own host, BUCKET-APPID.cos.REGION.myqcloud.com.", "script_path 请使用存储桶自身的域名 BUCKET-APPID.cos.REGION.myqcloud.com。"));
            var key = Uri.UnescapeDataString(script.Location.AbsolutePath[1..]);
            if (bucket.Region is null)
            {
                notes.Add($"{script.Location.Host} names no region: its resource holds for all of them; put the bucket's region after \"qcs::cos:\"");
            }

            if (key.Contains('*', StringComparison.Ordinal))
            {
                notes.Add($"{script.DisplayName} has a * in its key, which CAM takes as a wildcard: every object that fits it may be read");
            }

            var resource = $"qcs::cos:{bucket.Region}:uid/{bucket.AppId}:{bucket.Name}/{key}";
            resources.AddRange(signed ? [resource, resource + SignatureSuffix] : [resource]);
        }

        return new CosPolicy([.. resources.Distinct(StringComparer.Ordinal)], [.. notes.Distinct(StringComparer.Ordinal)]);
    }
}
