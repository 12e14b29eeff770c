namespace Thpc.NodeAgent.Cos;

/// <summary>The host names of a bucket.</summary>
internal static class CosHosts
{
    /// <returns>
    /// The backup domain `….tencentcos.cn` of `BUCKET-APPID.cos.REGION.myqcloud.com`. Null for all other names (accelerated, internal,
    /// custom): they have no backup.
    /// </returns>
    public static string? Backup(string host)
    {
        const string Primary = ".myqcloud.com";
        var parts = host.Split('.');
        return host.EndsWith(Primary, StringComparison.OrdinalIgnoreCase) && parts is [_, "cos", not "accelerate", _, _]
            ? host[..^Primary.Length] + ".tencentcos.cn"
            : null;
    }
}
