using System.Formats.Tar;
using System.IO.Compression;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>Creates gzipped tar archives in memory.</summary>
internal static class TarGz
{
    /// <param name="folder">The directory that contains all files; its mode is 0700, theirs 0600.</param>
    /// <param name="time">The modification time of everything.</param>
    public static byte[] Pack(string folder, IEnumerable<(string Name, byte[] Content)> files, DateTimeOffset time)
    {
        using var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(zip, TarEntryFormat.Ustar))
        {
            tar.WriteEntry(new UstarTarEntry(TarEntryType.Directory, folder + "/")
            {
                Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
                ModificationTime = time,
            });
            foreach (var (name, content) in files)
            {
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, $"{folder}/{name}")
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
