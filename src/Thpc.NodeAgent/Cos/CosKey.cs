namespace Thpc.NodeAgent.Cos;

/// <summary>
/// An object's key as a path. A cos:// location may be percent-encoded or not. A request encodes all but A-Za-z0-9-_.~ and the slash,
/// as the vendor's SDKs do (camSafeUrlEncode in cos-nodejs-sdk-v5): COS reads an unencoded + as a space.
/// </summary>
internal static class CosKey
{
    /// <returns>With its leading slash.</returns>
    public static string Decoded(Uri location) => Uri.UnescapeDataString(location.AbsolutePath);

    /// <returns>With its leading slash.</returns>
    public static string Encoded(Uri location) => Uri.EscapeDataString(Decoded(location)).Replace("%2F", "/", StringComparison.Ordinal);
}
