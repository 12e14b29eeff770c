using Thpc.NodeAgent.Configuration;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>Time limit of one mount with all its attempts; starts when it is created.</summary>
internal sealed class Deadline(MountSettings settings)
{
    private static readonly TimeSpan Min = TimeSpan.FromSeconds(1);
    private readonly long _start = TimeProvider.System.GetTimestamp();

    public TimeSpan Spent => TimeProvider.System.GetElapsedTime(_start);

    public TimeSpan Left => settings.Timeout - Spent;

    /// <summary>Limit of one attempt that starts now.</summary>
    public TimeSpan Attempt => CapAt(settings.AttemptTimeout);

    /// <summary>The smaller of <paramref name="limit"/> and the time left, but at least 1 s, so that a last attempt can succeed.</summary>
    public TimeSpan CapAt(TimeSpan limit)
    {
        var left = Left > Min ? Left : Min;
        return limit < left ? limit : left;
    }
}
