using System.Security.Cryptography;

namespace Thpc.NodeAgent.Host.Processes;

/// <summary>
/// Pauses between attempts: windows that grow up to a greatest one, and a random point in each, so that thousands of nodes
/// that failed together do not come back together.
/// </summary>
internal sealed class Backoff(TimeSpan first, TimeSpan greatest, int factor = 2)
{
    private TimeSpan _window = first;

    /// <summary>The next pause: between a tenth of the window and all of it.</summary>
    /// <param name="max">A window that is longer is cut to this before the point is chosen: nodes whose time ends together do not make their last attempts together.</param>
    public TimeSpan Next(TimeSpan? max = null)
    {
        var pause = (max < _window ? max.Value : _window) * (0.1 + (0.9 * RandomNumberGenerator.GetInt32(1 << 20) / (1 << 20)));
        _window = _window * factor < greatest ? _window * factor : greatest;
        return pause;
    }
}
