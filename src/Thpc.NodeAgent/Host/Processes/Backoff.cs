using System.Security.Cryptography;

namespace Thpc.NodeAgent.Host.Processes;

/// <summary>
/// Pauses between attempts: exponential backoff with random jitter, so that thousands of nodes that failed together do not retry
/// together.
/// </summary>
/// <param name="first">The first window.</param>
/// <param name="maxWindow">The longest window.</param>
/// <param name="factor">By how much each window grows.</param>
internal sealed class Backoff(TimeSpan first, TimeSpan maxWindow, int factor = 2)
{
    private TimeSpan _window = first;

    /// <returns>The next pause: a random part of the window, at least a tenth.</returns>
    /// <param name="max">Cuts the window before the random choice, so that nodes with the same deadline spread their last attempts.</param>
    public TimeSpan Next(TimeSpan? max = null)
    {
        var pause = (max < _window ? max.Value : _window) * (0.1 + (0.9 * RandomNumberGenerator.GetInt32(1 << 20) / (1 << 20)));
        _window = _window * factor < maxWindow ? _window * factor : maxWindow;
        return pause;
    }
}
