namespace Thpc.NodeAgent.Host;

/// <summary>
/// Room on the node's disk, taken at the beginning of a run, so that the report of its end can be written even where a script has
/// filled the disk meanwhile. The file has no name: it is gone with this process, however that ends.
/// </summary>
internal sealed class DiskReserve : IDisposable
{
    // A report has one to three KiB, and twenty where many processes were looked at.
    private const int Bytes = 64 << 10;

    private FileStream? _file;

    private DiskReserve(FileStream? file) => _file = file;

    /// <summary>Takes it; where there is no room even now, there is none to give back.</summary>
    public static DiskReserve Take(NodeRoot root)
    {
        FileStream? file = null;
        try
        {
            StateFiles.EnsureState(root);

            // By a name that the next report's writer sweeps, should this process be killed right here.
            var name = AtomicFile.TemporaryName(root.Report);
            file = AtomicFile.Create(name);
            File.Delete(name);
            file.Write(new byte[Bytes]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            file = null;
        }

        return new DiskReserve(file);
    }

    /// <summary>Gives the room back.</summary>
    /// <returns>Whether there was any.</returns>
    public bool Release()
    {
        var held = _file is not null;
        Dispose();
        return held;
    }

    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
    }
}
