namespace Thpc.NodeAgent.Cos;

/// <summary>Under which names COS answers for a bucket.</summary>
internal static class CosHosts
{
    /// <summary>
    /// The backup domain of `BUCKET-APPID.cos.REGION.myqcloud.com` is `….tencentcos.cn`; null for every other name
    /// (accelerated, internal, custom), which has none.
    /// </summary>
    public static string? Backup(string host)
    {
        const string Primary = ".myqcloud.com";
        var parts = host.Split('.');
        return host.EndsWith(Primary, StringComparison.OrdinalIgnoreCase) && parts is [_, "cos", not "accelerate", _, _]
            ? host[..^Primary.Length] + ".tencentcos.cn"
            : null;
    }
}
