namespace Thpc.NodeAgent.Stages.Script;

/// <summary>Pauses before each further attempt of a script: 1 s, 2 s, 4 s, doubling up to 30 s.</summary>
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
