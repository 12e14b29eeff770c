using Thpc.NodeAgent.Configuration;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>The time that one mount may take in all, from now on.</summary>
internal sealed class Deadline(MountSettings settings)
{
    private static readonly TimeSpan Min = TimeSpan.FromSeconds(1);
    private readonly long _start = TimeProvider.System.GetTimestamp();

    public TimeSpan Spent => TimeProvider.System.GetElapsedTime(_start);

    public TimeSpan Left => settings.Timeout - Spent;

    /// <summary>What one attempt may take now.</summary>
    public TimeSpan Attempt => AtMost(settings.AttemptTimeout);

    /// <summary>This limit, or what is left; a second at least, so that a last attempt can come to something.</summary>
    public TimeSpan AtMost(TimeSpan limit)
    {
        var left = Left > Min ? Left : Min;
        return limit < left ? limit : left;
    }
}
