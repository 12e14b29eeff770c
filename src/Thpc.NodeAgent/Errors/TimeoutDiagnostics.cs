namespace Thpc.NodeAgent.Errors;

/// <summary>What a script was doing when its time was over.</summary>
/// <param name="Findings">In words, the likeliest cause first, such as `blocked in nfs on /data`.</param>
/// <param name="Processes">What it had started and what was left of it, each before those that it started itself.</param>
/// <param name="MoreProcesses">How many there were beyond those.</param>
/// <param name="LastLines">Of its output, at most twenty.</param>
internal sealed record TimeoutDiagnostics(IReadOnlyList<string> Findings, IReadOnlyList<StalledProcess> Processes, int MoreProcesses, IReadOnlyList<string> LastLines);

/// <summary>One of them.</summary>
/// <param name="State">A letter, as ps(1) explains it: S sleeps, D cannot be interrupted, R runs, T is stopped, Z has ended.</param>
/// <param name="WaitChannel">The kernel's function that it sleeps in (proc(5)); null where it runs, or where the kernel does not say.</param>
/// <param name="Command">Its arguments, secrets taken out; its name in brackets where they could not be read.</param>
/// <param name="NetworkFiles">What it has open, runs from or stands in on network file systems, and on which.</param>
internal sealed record StalledProcess(int Pid, int ParentPid, string State, string? WaitChannel, string Command, IReadOnlyList<string> NetworkFiles);
