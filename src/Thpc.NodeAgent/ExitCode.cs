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

    /// <param name="errorCode">The name of an error code, or null for success.</param>
    public static int FromErrorCode(string? errorCode) => errorCode switch
    {
        null => Done,
        _ when errorCode == ErrorCode.ConfigInvalid.Name => Usage,
        _ when errorCode == ErrorCode.NotRoot.Name => NeedsRoot,
        _ when errorCode == ErrorCode.Busy.Name || errorCode == ErrorCode.ScriptNested.Name => Busy,
        _ when errorCode == ErrorCode.ScriptTimeout.Name => ScriptTimeout,
        _ when errorCode == ErrorCode.Interrupted.Name => Interrupted,
        _ when errorCode == ErrorCode.Internal.Name => Bug,
        _ => StageFailed,
    };
}
