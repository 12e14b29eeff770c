namespace Thpc.NodeAgent.Host;

/// <summary>Who owns a file; .NET does not tell.</summary>
internal static class FileOwner
{
    // The runtime's own portable stat: libc's structure differs by processor, and old glibc has no symbol for it.
    private const int Size = 256;
    private const int UserIdAt = 8;

    /// <exception cref="IOException">The file cannot be looked at.</exception>
    public static bool IsNotRoot(string path)
    {
        Span<byte> status = stackalloc byte[Size];
        return NativeMethods.RuntimeStat(path, status) == 0
            ? BitConverter.ToUInt32(status[UserIdAt..]) != 0
            : throw new IOException($"stat {path} failed");
    }
}
