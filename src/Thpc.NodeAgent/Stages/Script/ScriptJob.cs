using System.Text;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Host.Signatures;
using Thpc.NodeAgent.Stages.Shared;

namespace Thpc.NodeAgent.Stages.Script;

/// <summary>Downloads, validates and runs one init script. Download and run share one time limit, which starts with the download.</summary>
/// <param name="number">From 1, as in the name of the log.</param>
internal sealed class ScriptJob(
    InitScript script, int number, ClusterSettings cluster, TimeSpan killGrace, NodeRoot root, ScriptSource source, string? allowedSigners)
{
    /// <summary>EX_TEMPFAIL of sysexits.h.</summary>
    private const int TemporaryFailure = 75;

    /// <summary>A shell adds the signal's number to this in the exit code.</summary>
    private const int SignalBase = 128;

    /// <summary>Pauses before further attempts: 1 s, 2 s, 4 s, doubling up to 30 s, as documented.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(30);

    /// <summary>No further attempt starts with less time left.</summary>
    private static readonly TimeSpan MinAttempt = TimeSpan.FromSeconds(1);

    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private ScriptOutput? _output;
    private long _start;
    private FetchedObject? _fetched;
    private Shebang? _shebang;

    /// <summary>Receives the output as it comes; null: only the log has it.</summary>
    public Action<string>? Echo { get; init; }

    /// <summary>The line that the running script printed last, redacted; null before it runs.</summary>
    public string? Latest => _output?.LastLine;

    public string LogPath => $"{NodePaths.Logs}/init-script-{number}.log";

    public string LocalPath => Path.Combine(root.StateDirectory, "scripts", $"init-script-{number}");

    public string Sha256 => _fetched?.Sha256 ?? throw new InvalidOperationException("not fetched yet");

    /// <summary>SHA-256 of the downloaded file in lower-case hex, validated or not; null before the download.</summary>
    public string? FetchedSha256 => _fetched?.Sha256.ToLowerInvariant();

    public long Length => _fetched?.Length ?? throw new InvalidOperationException("not fetched yet");

    /// <summary>Downloads and validates the script; <see cref="LocalPath"/> exists only after both have succeeded.</summary>
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
            _shebang = Validate(temporary);
            if (signers is not null)
            {
                note($"signed by {(await VerifySignatureAsync(signers, kept, temporary, note, cancel)).Description}");
            }

            File.SetUnixFileMode(temporary, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

            // Not durable: every run that needs the script downloads it again.
            AtomicFile.Rename(temporary, LocalPath, durable: false);
            note($"{Length} bytes, sha256 {Sha256.ToLowerInvariant()}");
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>
    /// Whether the run was cancelled while the script was running and a signal ended the script, so that its own result is unknown.
    /// </summary>
    public bool WasCutShort { get; private set; }

    /// <summary>Runs the script in the time left. Retries after a pause if it exits with 75 (EX_TEMPFAIL of sysexits.h).</summary>
    public async Task RunAsync(Action<string> note, CancellationToken cancel)
    {
        if (TimeLeft <= TimeSpan.Zero)
        {
            throw new AgentException(
                ErrorCode.ScriptTimeout, Messages.NotStarted(script.DisplayName, $"{script.Timeout.TotalSeconds:0}"));
        }

        if (await StaleProcess.EndAsync(root.RunningScript, killGrace, cancel) is { } process)
        {
            note($"ended a script that an interrupted run had left running (pid {process})");
        }

        Directory.CreateDirectory(root.Locate("/root"));
        var output = _output = new ScriptOutput(root, LogPath, note);
        TimeoutDiagnostics? diagnostics = null;
        var attempts = 1;
        ScriptEnd end;
        try
        {
            var pauses = new Backoff(FirstPause, MaxPause, jitter: false);
            for (; ; attempts++)
            {
                end = await AttemptAsync(
                    bytes => Add(output, bytes),
                    async family => diagnostics = await TimeoutInspector.InspectAsync(family, output.Text, root, cancel),
                    cancel);
                if (end.TimedOut || end.ExitCode != TemporaryFailure)
                {
                    break;
                }

                var pause = pauses.Next();
                if (pause + MinAttempt > TimeLeft)
                {
                    throw new AgentException(NoTimeLeft(attempts, output));
                }

                note($"attempt {attempts} exited with {TemporaryFailure} (EX_TEMPFAIL); retrying in {pause.TotalSeconds:0} s");
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

    private void Add(ScriptOutput output, ReadOnlySpan<byte> bytes)
    {
        output.Add(bytes);
        if (Echo is not null)
        {
            var text = new char[_decoder.GetCharCount(bytes, flush: false)];
            _decoder.GetChars(bytes, text, flush: false);
            Echo(new string(text));
        }
    }

    private TimeSpan TimeLeft => script.Timeout - TimeProvider.System.GetElapsedTime(_start);

    // The last argument: a pinned hash or a signature verifies the content.
    private FetchLimits Limits =>
        new(ScriptSource.MaxBytes, script.Timeout, _start, script.Sha256 is not null || allowedSigners is not null);

    private TimeSpan AttemptLimit => TimeLeft > TimeSpan.Zero ? TimeLeft : TimeSpan.FromMilliseconds(1);

    private async Task<ScriptEnd> AttemptAsync(
        Action<ReadOnlySpan<byte>> output, Func<IReadOnlyList<ProcessEntry>, Task> atLimit, CancellationToken cancel)
    {
        try
        {
            var end = await ScriptProcess.RunAsync(
                [.. _shebang!.CommandLine(LocalPath), .. script.Args], Environment(), root.Locate("/root"), root,
                AttemptLimit, killGrace, output, atLimit, cancel);
            WasCutShort = cancel.IsCancellationRequested && end.ExitCode > SignalBase;
            return end;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            WasCutShort = true;
            throw;
        }
    }

    private Error NoTimeLeft(int attempts, ScriptOutput output) => new(
        ErrorCode.ScriptTimeout,
        attempts == 1
            ? Messages.OnlyAttemptFailed(
                script.DisplayName, TemporaryFailure, $"{script.Timeout.TotalSeconds:0}", output.LastOutput)
            : Messages.AttemptsFailed(
                script.DisplayName, TemporaryFailure, attempts, $"{script.Timeout.TotalSeconds:0}", output.LastOutput),
        Hints.RaiseTimeout(LogPath));

    private void ThrowUnlessSucceeded(ScriptEnd end, int attempts, ScriptOutput output, TimeoutDiagnostics? diagnostics)
    {
        var last = output.LastOutput;
        if (end.Deadlock is { } deadlock)
        {
            throw new AgentException(DeadlockError.Create(script.DisplayName, deadlock, last));
        }

        if (end.TimedOut)
        {
            var attempt = attempts > 1 ? Messages.LaterAttempt(attempts, TemporaryFailure) : "";
            var activity = diagnostics is { Findings.Count: > 0 }
                ? Messages.Activity(string.Join("; ", diagnostics.Findings.Take(2)))
                : "";
            throw new AgentException(new Error(
                ErrorCode.ScriptTimeout,
                Messages.TimedOut(script.DisplayName, $"{script.Timeout.TotalSeconds:0}") + attempt + activity + last,
                Hints.WithLog(ErrorCode.ScriptTimeout, LogPath))
            {
                Diagnostics = diagnostics,
            });
        }

        if (end.ExitCode != 0)
        {
            var signal = end.ExitCode - SignalBase;
            var result = signal is > 0 and < 32
                ? Messages.KilledBySignal(script.DisplayName, signal, end.ExitCode)
                : Messages.Exited(script.DisplayName, end.ExitCode);
            throw new AgentException(ErrorCode.ScriptFailed, result + last, Hints.ReadLogAndRunAgain(LogPath));
        }
    }

    /// <param name="kept">The copy in the image, which may have a signature beside it; null where there is none.</param>
    private async Task<AllowedSigner> VerifySignatureAsync(
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
            note($"cannot use the signature in the image, so the signature is downloaded: {e.Message}");
            return (await VerifyAsync(script.Location)).Signer;
        }
    }

    private Shebang Validate(string file)
    {
        if (script.Sha256 is { } pin && pin != Sha256)
        {
            throw new AgentException(
                ErrorCode.ScriptHashMismatch,
                Messages.OtherHash(script.DisplayName, Sha256.ToLowerInvariant(), pin.ToLowerInvariant()));
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
            ShellText.RequireNoCrLf(content, script.DisplayName);
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
