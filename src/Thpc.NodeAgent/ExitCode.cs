using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent;

/// <summary>The exit codes that users and their scripts rely on; docs/how-it-works.md lists them.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int StageFailed = 1;
    public const int Usage = 2;
    public const int NeedsRoot = 3;
    public const int Busy = 4;
    public const int CheckFoundProblems = 5;
    public const int Bug = 70;
    public const int ScriptTimeout = 124;
    public const int Interrupted = 130;
    public const int Terminated = 143;

    /// <summary>The exit code of a command that fails with this error.</summary>
    public static int For(ErrorCode code) => code switch
    {
        _ when code == ErrorCode.ConfigInvalid => Usage,
        _ when code == ErrorCode.NotRoot => NeedsRoot,
        _ when code == ErrorCode.Busy || code == ErrorCode.ScriptNested => Busy,
        _ when code == ErrorCode.ScriptTimeout => ScriptTimeout,
        _ when code == ErrorCode.Interrupted => Interrupted,
        _ when code == ErrorCode.Internal => Bug,
        _ => StageFailed,
    };
}
