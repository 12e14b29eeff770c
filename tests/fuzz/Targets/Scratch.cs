using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Fuzz.Targets;

/// <summary>A directory for what is only read from files. run.sh gives each run a place for it, and takes that away again.</summary>
internal static class Scratch
{
    private static readonly string Directory = System.IO.Directory.CreateTempSubdirectory("thpc-fuzz-").FullName;

    public static string File(string name) => Path.Combine(Directory, name);

    /// <summary>A node's root that has this directory.</summary>
    public static NodeRoot Root(string directory)
    {
        System.IO.Directory.CreateDirectory(Directory + directory);
        return new NodeRoot(Directory);
    }

    /// <summary>Mode 0600.</summary>
    public static void Write(string path, byte[] content)
    {
        using var file = new FileStream(
            path, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        file.Write(content);
    }
}
