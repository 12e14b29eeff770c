namespace Thpc.NodeAgent.SystemTests.Faults;

/// <summary>A row of the fault matrix, as docs/development/reliability.md has it.</summary>
/// <param name="Code">The error code that the agent reports; null if it succeeds.</param>
/// <param name="Limit">The configured limit for the step of this row, in seconds.</param>
internal record FaultRow(string Name, string? Code, int Limit)
{
    /// <summary>What the limit may be overrun by on a machine that has other things to do.</summary>
    private const int Margin = 40;

    public int ExitCode => Code switch
    {
        null => 0,
        "SCRIPT_TIMEOUT" => 124,
        "INTERRUPTED" => 143,
        _ => 1,
    };

    public TimeSpan Within => TimeSpan.FromSeconds(Limit + Margin);
}
