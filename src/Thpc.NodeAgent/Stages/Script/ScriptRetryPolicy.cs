namespace Thpc.NodeAgent.Stages.Script;

/// <summary>Pauses before a script's further attempts: 1, 2, 4 s and so on up to 30 s.</summary>
internal sealed class ScriptRetryPolicy
{
    private static readonly TimeSpan Max = TimeSpan.FromSeconds(30);
    private TimeSpan _next = TimeSpan.FromSeconds(1);

    public TimeSpan Next()
    {
        var pause = _next;
        _next = _next * 2 < Max ? _next * 2 : Max;
        return pause;
    }
}
