namespace Thpc.NodeAgent.Errors;

/// <summary>What a script was doing when its time ran out. Part of the report.</summary>
/// <param name="Findings">Sentences, the likeliest cause first, such as `blocked in nfs on /data`.</param>
/// <param name="Processes">The script's processes that were still alive, each parent before its children.</param>
/// <param name="MoreProcesses">Number of processes that <paramref name="Processes"/> leaves out.</param>
/// <param name="LastLines">The last lines of the script's output, at most twenty.</param>
internal sealed record TimeoutDiagnostics(
    IReadOnlyList<string> Findings,
    IReadOnlyList<StalledProcess> Processes,
    int MoreProcesses,
    IReadOnlyList<string> LastLines);

/// <summary>One process of a script that timed out. Part of the report.</summary>
/// <param name="State">The state letter of ps(1): S sleeping, D uninterruptible, R running, T stopped, Z zombie.</param>
/// <param name="WaitChannel">The kernel function in which it sleeps (proc(5)); null if it runs or the kernel hides it.</param>
/// <param name="Command">Its arguments with secrets redacted; its name in brackets if they could not be read.</param>
/// <param name="NetworkFiles">Its open files, executable and working directory on network file systems.</param>
internal sealed record StalledProcess(
    int Pid,
    int ParentPid,
    string State,
    string? WaitChannel,
    string Command,
    IReadOnlyList<string> NetworkFiles);
