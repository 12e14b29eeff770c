using Microsoft.Win32.SafeHandles;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>
/// The standard streams as bytes. .NET's own send escape sequences to a terminal with the first write or read.
/// </summary>
internal static class StandardStreams
{
    public static Stream Output { get; } = new DescriptorWriter(1);

    public static Stream Error { get; } = new DescriptorWriter(2);

#pragma warning disable CA2000 // The stream has the handle.
    public static Stream OpenInput() => new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read);
#pragma warning restore CA2000
}
