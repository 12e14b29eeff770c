using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Host.Signatures;
using Thpc.NodeAgent.Stages.Shared;

namespace Thpc.NodeAgent.Stages.Script;

/// <summary>One init script from its place to its end. Download and run share one limit, which begins with the download.</summary>
/// <param name="number">From 1, as in the log's name.</param>
internal sealed class ScriptJob(
    InitScript script, int number, ClusterSettings cluster, TimeSpan killGrace, NodeRoot root, ScriptSource source, string? allowedSigners)
{
    /// <summary>EX_TEMPFAIL of sysexits.h.</summary>
    private const int TemporaryFailure = 75;

    private const int SignalBase = 128;

    /// <summary>With less time than that no further attempt is begun.</summary>
    private static readonly TimeSpan MinAttempt = TimeSpan.FromSeconds(1);

    private long _start;
    private FetchedObject? _fetched;
    private Shebang? _shebang;

    public string LogPath => $"/var/log/thpc-node-agent/init-script-{number}.log";

    public string LocalPath => Path.Combine(root.StateDirectory, "scripts", $"init-script-{number}");

    public string Sha256 => _fetched?.Sha256 ?? throw new InvalidOperationException("not fetched yet");

    /// <summary>What arrived, vetted or not, in small digits; null before that.</summary>
    public string? FetchedSha256 => _fetched?.Sha256.ToLowerInvariant();

    public long Length => _fetched?.Length ?? throw new InvalidOperationException("not fetched yet");

    /// <summary>Downloads and vets; the file is in its place only when whole and sound.</summary>
    public async Task FetchAsync(Action<string> note, CancellationToken cancel)
    {
        _start = TimeProvider.System.GetTimestamp();
        StateFiles.EnsureState(root, "scripts");
        AtomicFile.Sweep(LocalPath);
        var temporary = AtomicFile.TemporaryName(LocalPath);
        try
        {
            var signers = allowedSigners is null ? null : await ScriptSigners.ReadAsync(root, allowedSigners, cancel);
            var kept = script.Sha256 is { } pin && !script.Location.IsFile ? KeptScripts.Find(root, pin) : null;
            _fetched = kept is null ? null : await KeptScripts.CopyAsync(source, kept, script.Sha256!, temporary, Limits, note, cancel);
            _fetched ??= await source.FetchAsync(script.Location, script.DisplayName, temporary, Limits, note, cancel);
            _shebang = Vet(temporary);
            if (signers is not null)
            {
                note($"signed by {(await SignerAsync(signers, kept, temporary, note, cancel)).Description}");
            }

            File.SetUnixFileMode(temporary, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

            // It is fetched anew by every run that needs it, so it need not outlive this one.
            AtomicFile.Rename(temporary, LocalPath, durable: false);
            note($"{Length} bytes, sha256 {Sha256.ToLowerInvariant()}");
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>
    /// Whether the run was cancelled while the script was running, and the script did not end by itself: it was ended by a signal, so its
    /// own end is not known.
    /// </summary>
    public bool WasCutShort { get; private set; }

    /// <summary>Runs what was fetched in the time that is left, again after a pause where it exits with 75 (EX_TEMPFAIL of sysexits.h).</summary>
    public async Task RunAsync(Action<string> note, CancellationToken cancel)
    {
        if (Left <= TimeSpan.Zero)
        {
            throw new AgentException(ErrorCode.ScriptTimeout, $"{script.DisplayName}: its limit of {script.Timeout.TotalSeconds:0} s was over when it had been downloaded, so it was not started");
        }

        if (await StaleProcess.EndAsync(root.RunningScript, killGrace, cancel) is { } process)
        {
            note($"a run that was killed had left a script running (pid {process}): it was ended");
        }

        Directory.CreateDirectory(root.Locate("/root"));
        var output = new ScriptOutput(root, LogPath, note);
        TimeoutDiagnostics? diagnostics = null;
        var attempts = 1;
        ScriptEnd end;
        try
        {
            var pauses = new ScriptRetryPolicy();
            for (; ; attempts++)
            {
                end = await AttemptAsync(
                    output.Add, async family => diagnostics = await TimeoutInspector.InspectAsync(family, output.Text, root, cancel), cancel);
                if (end.TimedOut || end.ExitCode != TemporaryFailure)
                {
                    break;
                }

                var pause = pauses.Next();
                if (pause + MinAttempt > Left)
                {
                    throw NoTimeLeft(attempts, output);
                }

                note($"attempt {attempts} exited with {TemporaryFailure} (EX_TEMPFAIL): attempt {attempts + 1} follows in {pause.TotalSeconds:0} s");
                await Task.Delay(pause, cancel);
            }
        }
        finally
        {
            if (await output.CompleteAsync() is { } fault)
            {
                note($"{LogPath} is not complete: {fault}");
            }
        }

        ThrowUnlessSucceeded(end, attempts, output, diagnostics);
    }

    private TimeSpan Left => script.Timeout - TimeProvider.System.GetElapsedTime(_start);

    /// <summary>The same where a limit must be more than nothing.</summary>
    /// <summary>Its hash is compared with the pinned one, or with what was signed.</summary>
    private FetchLimits Limits => new(ScriptSource.MaxBytes, script.Timeout, _start, script.Sha256 is not null || allowedSigners is not null);

    private TimeSpan LeftAtLeast => Left > TimeSpan.Zero ? Left : TimeSpan.FromMilliseconds(1);

    private async Task<ScriptEnd> AttemptAsync(
        Action<ReadOnlySpan<byte>> output, Func<IReadOnlyList<ProcessEntry>, Task> atLimit, CancellationToken cancel)
    {
        try
        {
            var end = await ScriptProcess.RunAsync(
                [.. _shebang!.CommandLine(LocalPath), .. script.Args], Environment(), root.Locate("/root"), root,
                LeftAtLeast, killGrace, output, atLimit, cancel);
            WasCutShort = cancel.IsCancellationRequested && end.ExitCode > SignalBase;
            return end;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            WasCutShort = true;
            throw;
        }
    }

    private AgentException NoTimeLeft(int attempts, ScriptOutput output) => new(
        ErrorCode.ScriptTimeout,
        $"{script.DisplayName} exited with {TemporaryFailure} (EX_TEMPFAIL) in {(attempts == 1 ? "its only attempt" : $"each of its {attempts} attempts")}, "
        + $"and its limit of {script.Timeout.TotalSeconds:0} s, the download included, leaves no time for another; {output.LastWords}",
        new(
            $"Make available what the script waits for, or raise its timeout (at most 1200 seconds). Log: {LogPath}",
            $"请使脚本所等待的资源可用，或调大其超时时间（最长 1200 秒）。日志：{LogPath}"));

    private void ThrowUnlessSucceeded(ScriptEnd end, int attempts, ScriptOutput output, TimeoutDiagnostics? diagnostics)
    {
        var last = output.LastWords;
        if (end.Deadlock is { } deadlock)
        {
            throw DeadlockError.Create(script.DisplayName, deadlock, last);
        }

        if (end.TimedOut)
        {
            var attempt = attempts > 1 ? $"it was attempt {attempts}, after others that exited with {TemporaryFailure}; " : "";
            var doing = diagnostics is { Findings.Count: > 0 } ? $"it was {string.Join("; ", diagnostics.Findings.Take(2))}; " : "";
            throw new AgentException(
                ErrorCode.ScriptTimeout,
                $"{script.DisplayName} was still running after {script.Timeout.TotalSeconds:0} s, the download included, and was ended with all it had started; {attempt}{doing}{last}",
                new($"{ErrorCode.ScriptTimeout.Hint.English} Log: {LogPath}", $"{ErrorCode.ScriptTimeout.Hint.Chinese}日志：{LogPath}"))
            {
                Autopsy = diagnostics,
            };
        }

        if (end.ExitCode != 0)
        {
            var how = end.ExitCode > 128 && end.ExitCode < 160 ? $"was ended by signal {end.ExitCode - 128} (or exited with {end.ExitCode})" : $"exited with {end.ExitCode}";
            throw new AgentException(ErrorCode.ScriptFailed, $"{script.DisplayName} {how}; {last}", new($"Read {LogPath} on the node; `thpc-node-agent script run` repeats it by hand.", $"请在节点上查看 {LogPath}；可用 `thpc-node-agent script run` 手动重跑。"));
        }
    }

    /// <param name="kept">The copy in the image, with a signature beside it or not; null where there is none.</param>
    private async Task<AllowedSigner> SignerAsync(
        ScriptSigners signers, Uri? kept, string file, Action<string> note, CancellationToken cancel)
    {
        Task<(AllowedSigner Signer, byte[])> VerifyAsync(Uri location) => source.VerifyAsync(
            signers, location, script.DisplayName, file, LocalPath + ScriptSigners.Suffix, Limits, note, cancel);
        try
        {
            return (await VerifyAsync(kept ?? script.Location)).Signer;
        }
        catch (AgentException e) when (kept is not null && e.Code == ErrorCode.ScriptSignature)
        {
            note($"the signature in the image is of no use, so it is downloaded: {e.Message}");
            return (await VerifyAsync(script.Location)).Signer;
        }
    }

    private Shebang Vet(string file)
    {
        if (script.Sha256 is { } pin && pin != Sha256)
        {
            throw new AgentException(ErrorCode.ScriptHashMismatch, $"{script.DisplayName} has sha256 {Sha256.ToLowerInvariant()}, the configuration wants {pin.ToLowerInvariant()}");
        }

        var start = new byte[300];
        int count;
        using (var stream = File.OpenRead(file))
        {
            count = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        }

        var shebang = Shebang.Parse(start.AsSpan(0, count), script.DisplayName);
        shebang.RequireInterpreter(script.DisplayName);
        if (shebang.IsShell)
        {
            using var content = File.OpenRead(file);
            ShellText.RefuseCrLf(content, script.DisplayName);
        }

        return shebang;
    }

    private Dictionary<string, string> Environment() => new(StringComparer.Ordinal)
    {
        ["THPC_NODE_ROLE"] = cluster.RoleName,
        ["THPC_CLUSTER_ID"] = cluster.Id,
        ["THPC_SCHEDULER_TYPE"] = cluster.SchedulerType,
        ["THPC_ACCOUNT_TYPE"] = cluster.AccountType,
        ["PATH"] = ProgramFinder.SearchPath,
        ["HOME"] = "/root",
        ["USER"] = "root",
        ["LOGNAME"] = "root",
        ["SHELL"] = "/bin/bash",
        ["LANG"] = "C.UTF-8",
    };
}
