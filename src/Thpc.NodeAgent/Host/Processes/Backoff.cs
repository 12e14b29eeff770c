using System.Globalization;
using System.Security.Cryptography;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Host.Processes;

/// <summary>
/// Pauses between attempts: exponential backoff with random jitter, so that thousands of nodes that failed together do not retry
/// together.
/// </summary>
/// <param name="first">The first window.</param>
/// <param name="maxWindow">The longest window.</param>
/// <param name="factor">By how much each window grows.</param>
/// <param name="jitter">False for pauses as long as their windows.</param>
/// <param name="random">Numbers from 0 to 1, for simulations; null for the system's generator.</param>
internal sealed class Backoff(TimeSpan first, TimeSpan maxWindow, int factor = 2, bool jitter = true, Func<double>? random = null)
{
    private TimeSpan _window = first;

    /// <returns>The next pause: a random part of the window, at least a tenth.</returns>
    /// <param name="max">Cuts the window before the random choice, so that nodes with the same deadline spread their last attempts.</param>
    public TimeSpan Next(TimeSpan? max = null)
    {
        var part = jitter ? 0.1 + (0.9 * (random?.Invoke() ?? ((double)RandomNumberGenerator.GetInt32(1 << 20) / (1 << 20)))) : 1;
        var pause = (max < _window ? max.Value : _window) * part;
        _window = _window * factor < maxWindow ? _window * factor : maxWindow;
        return pause;
    }

    /// <param name="left">The time left for all attempts.</param>
    /// <param name="reserve">The part of it that the next attempt needs.</param>
    /// <returns>A pause that leaves the reserve; null where too little time is left for a pause and an attempt.</returns>
    public TimeSpan? NextWithin(TimeSpan left, TimeSpan reserve) => left - reserve < reserve / 4 ? null : Next(left - reserve);

    /// <summary>For the error of the last attempt.</summary>
    /// <returns>Such as " (attempt 3, 12.5 s after the first)"; empty for the first.</returns>
    public static LocalizedText Attempts(int number, TimeSpan sinceFirst) =>
        number <= 1 ? "" : Messages.Attempts(number, sinceFirst.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture));
}
