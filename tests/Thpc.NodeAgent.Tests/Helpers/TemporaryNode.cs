using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>A temporary directory that serves as a node's `/`.</summary>
internal sealed class TemporaryNode : IDisposable
{
    public const string ClusterId = "hpc-8hje8h12";

    /// <summary>A minimal configuration without the metadata service.</summary>
    public const string Config = """
        [cluster]
        id = "hpc-8hje8h12"
        node_role = "COMPUTE"

        [metadata]
        endpoint = ""

        """;

    public TemporaryNode()
    {
        Write("/etc/thpc/node-agent.toml", Config);
        Write("/root/thpc_preinstalled.json", "");
        Write("/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
    }

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("thpc-node-").FullName;

    public NodeRoot Root => new(Directory);

    public string On(string path) => Directory + path;

    public string Read(string path) => File.ReadAllText(On(path));

    public bool Has(string path) => File.Exists(On(path));

    /// <summary>Writes a file and creates its parent directories.</summary>
    public string Write(string path, string text)
    {
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(On(path))!);
        File.WriteAllText(On(path), text);
        return On(path);
    }

    /// <summary>Everything in the node with its mode, time and size: equal before and after what changes nothing.</summary>
    public IReadOnlyList<string> Tree() =>
    [
        .. new DirectoryInfo(Directory).EnumerateFileSystemInfos("*", SearchOption.AllDirectories)
            .Select(entry =>
                $"{entry.FullName[Directory.Length..]} {entry.UnixFileMode} {entry.LastWriteTimeUtc:O} {(entry as FileInfo)?.Length}")
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Appends to the configuration.</summary>
    public void Configure(string toml) => File.AppendAllText(On("/etc/thpc/node-agent.toml"), toml + "\n");

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}
