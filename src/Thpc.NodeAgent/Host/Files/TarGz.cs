using System.Formats.Tar;
using System.IO.Compression;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>Creates gzipped tar archives in memory.</summary>
internal static class TarGz
{
    /// <param name="time">The modification time of every file. Their mode is 0600.</param>
    public static byte[] Pack(IEnumerable<(string Name, byte[] Content)> files, DateTimeOffset time)
    {
        using var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(zip, TarEntryFormat.Ustar))
        {
            foreach (var (name, content) in files)
            {
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name)
                {
                    DataStream = new MemoryStream(content),
                    Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                    ModificationTime = time,
                });
            }
        }

        return packed.ToArray();
    }
}
