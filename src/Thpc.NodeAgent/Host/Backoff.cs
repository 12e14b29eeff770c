using System.Security.Cryptography;

namespace Thpc.NodeAgent.Host;

/// <summary>
/// Pauses between attempts: windows that double up to a greatest one, and a random point in each, so that thousands of nodes
/// that failed together do not come back together.
/// </summary>
internal sealed class Backoff(TimeSpan first, TimeSpan greatest)
{
    private TimeSpan _window = first;

    /// <summary>The next pause: between a tenth of the window and all of it.</summary>
    public TimeSpan Next()
    {
        var pause = _window * (0.1 + (0.9 * RandomNumberGenerator.GetInt32(1 << 20) / (1 << 20)));
        _window = _window * 2 < greatest ? _window * 2 : greatest;
        return pause;
    }
}
