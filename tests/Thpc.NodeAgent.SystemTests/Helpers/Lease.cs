using System.Diagnostics;

namespace Thpc.NodeAgent.SystemTests.Helpers;

/// <summary>
/// A program that holds a lease on a file (fcntl(2), F_SETLEASE). Opening the file blocks, as on a dead server, until the program ends or
/// 45 seconds have passed (/proc/sys/fs/lease-break-time).
/// </summary>
internal sealed class Lease : IDisposable
{
    private const string Program = """
        import fcntl, os, signal, sys
        signal.signal(signal.SIGIO, signal.SIG_IGN)
        file = os.open(sys.argv[1], os.O_RDWR)
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        print("held", flush=True)
        sys.stdin.read()
        """;

    private readonly Process _holder;

    public Lease(string path)
    {
        Needs.Program("python3");
        _holder = Process.Start(
            new ProcessStartInfo("python3", ["-c", Program, path]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        Assert.Equal("held", _holder.StandardOutput.ReadLine());
    }

    public void Dispose()
    {
        _holder.Kill();
        _holder.WaitForExit();
        _holder.Dispose();
    }
}
