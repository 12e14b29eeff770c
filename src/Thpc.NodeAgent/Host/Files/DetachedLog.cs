using System.Diagnostics;
using System.Globalization;
using System.Text;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>
/// A bounded log that a process of its own writes. A disk that takes no writes, because it is frozen (fsfreeze(8)) or its server is
/// gone, blocks a writer so that not even KILL ends it, nor the process whose thread it is. Here only that process waits. What it does
/// not take in time is left out and counted, so the script that prints it is not held up for longer than <see cref="StallLimit"/>.
/// </summary>
internal sealed class DetachedLog
{
    private const int RingBytes = 1 << 20;
    private const int MaxWrite = 1 << 16;
    private static readonly TimeSpan StallLimit = TimeSpan.FromSeconds(2);

    /// <summary>For the rest, when all has been handed over.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    // $1 is the log. cat(1) writes its head: it starts in a twentieth of the agent's time, and few scripts print more.
    private const string HeadWriter = """
        exec 2>&1
        trap '' HUP INT QUIT TERM
        [ -d "${1%/*}" ] || mkdir "${1%/*}" 2>/dev/null || mkdir -p "${1%/*}" || exit
        umask 077
        if [ -e "$1" ] || [ -L "$1" ]; then rm -f "$1" || exit; fi
        exec cat >"$1"
        """;

    private readonly string _path;
    private readonly TaskCompletionSource _end = new();
    private readonly object _gate = new();

    // What was handed over and not taken by the pipe to the writer yet. The thread that writes there reads its part without the lock.
    private readonly byte[] _ring = GC.AllocateUninitializedArray<byte>(RingBytes);
    private long _handed;
    private long _taken;
    private long _written;
    private long _leftOut;
    private long _leftOutBefore;
    private bool _isStalled;
    private bool _isComplete;
    private string? _fault;

    /// <exception cref="Exception">The process cannot be started: System.ComponentModel.Win32Exception.</exception>
    public DetachedLog(string path)
    {
        _path = path;
        var head = Start("/bin/sh", "-c", HeadWriter, "sh", path);
        new Thread(() => HandOver(head)) { IsBackground = true }.Start();
    }

    /// <summary>Returns at once, but for a queue that is full: then after a while at most.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_isComplete)
            {
                return;
            }

            var leftOut = _leftOut == _leftOutBefore ? [] : Encoding.ASCII.GetBytes(string.Create(
                CultureInfo.InvariantCulture, $"\n[... {_leftOut - _leftOutBefore} bytes left out: the log's disk took no writes ...]\n"));
            bool HasRoom(int count) => _handed - _taken + count <= RingBytes;
            for (var start = TimeProvider.System.GetTimestamp(); !HasRoom(leftOut.Length + bytes.Length) && !_isStalled;)
            {
                var left = StallLimit - TimeProvider.System.GetElapsedTime(start);
                _isStalled = left <= TimeSpan.Zero || !Monitor.Wait(_gate, left);
            }

            if (!HasRoom(leftOut.Length + bytes.Length))
            {
                _leftOut += bytes.Length;
                return;
            }

            _leftOutBefore = _leftOut;
            _isStalled = false;
            Put(leftOut);
            Put(bytes);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits a while for the rest to be written.</summary>
    /// <returns>Why the log is not complete; null where it is.</returns>
    public async Task<string?> CompleteAsync()
    {
        lock (_gate)
        {
            _isComplete = true;
            Monitor.PulseAll(_gate);
        }

        var isWritten = await Task.WhenAny(_end.Task, Task.Delay(EndLimit)) == _end.Task;
        lock (_gate)
        {
            var missing = _leftOut + (_handed - _written);
            return _fault
                ?? (isWritten && missing == 0 ? null
                    : isWritten ? $"{missing} bytes were left out, for its disk took no writes for a while"
                    : $"its disk takes no writes, and {missing} bytes wait for it or were left out");
        }
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var at = (int)(_handed % RingBytes);
            var count = Math.Min(bytes.Length, RingBytes - at);
            bytes[..count].CopyTo(_ring.AsSpan(at));
            _handed += count;
            bytes = bytes[count..];
        }
    }

    private static Process Start(params string[] command)
    {
        // It leads a session, so that a terminal's signals do not reach it.
        var start = new ProcessStartInfo(ProgramFinder.Find(new NodeRoot("/"), "setsid") ?? "setsid", command)
        {
            WorkingDirectory = "/",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = ProgramFinder.SearchPath;
        var writer = Process.Start(start)!;
        ScriptProcessTree.Spare(writer.Id);
        return writer;
    }

    private void HandOver(Process head)
    {
        try
        {
            Write(head, BoundedLog.HeadBytes);
            if (_taken == BoundedLog.HeadBytes && _fault is null && Next() is { Length: > 0 })
            {
                // Through /proc: an upgrade may have taken the file away.
                Write(Start($"/proc/{Environment.ProcessId}/exe", LogWriter.Argument, _path), long.MaxValue);
            }
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            Fail(e.Message);
        }
        finally
        {
            lock (_gate)
            {
                // Where a writer has failed, the rest has nowhere to go.
                _isComplete = true;
                Monitor.PulseAll(_gate);
            }

            _end.SetResult();
        }
    }

    /// <summary>Hands over what comes until so much has been taken, and waits for the writer's end.</summary>
    private void Write(Process writer, long end)
    {
        using (writer)
        {
            var answers = ReadAnswersAsync(writer);
            try
            {
                using var input = writer.StandardInput.BaseStream;
                while (_taken < end && Next() is { Length: > 0 } bytes)
                {
                    bytes = bytes[..(int)Math.Min(bytes.Length, end - _taken)];
                    input.Write(bytes.Span);
                    lock (_gate)
                    {
                        _taken += bytes.Length;
                        Monitor.PulseAll(_gate);
                    }
                }
            }
            catch (IOException e)
            {
                // It has ended, and most likely says why.
                Fail(e.Message);
            }

            answers.GetAwaiter().GetResult();
            writer.WaitForExit();
            if (writer.ExitCode != 0)
            {
                Fail($"its writer (pid {writer.Id}) ended with exit code {writer.ExitCode}");
            }

            lock (_gate)
            {
                _written = end == BoundedLog.HeadBytes && writer.ExitCode == 0 ? _taken : _written;
            }
        }
    }

    private void Fail(string fault)
    {
        lock (_gate)
        {
            _fault ??= fault;
        }
    }

    /// <summary>Waits for what comes next; empty after the last.</summary>
    private ReadOnlyMemory<byte> Next()
    {
        lock (_gate)
        {
            while (_handed == _taken && !_isComplete)
            {
                Monitor.Wait(_gate);
            }

            var at = (int)(_taken % RingBytes);
            return _ring.AsMemory(at, (int)Math.Min(Math.Min(_handed - _taken, RingBytes - at), MaxWrite));
        }
    }

    private async Task ReadAnswersAsync(Process writer)
    {
        while (await writer.StandardOutput.ReadLineAsync() is { } line)
        {
            lock (_gate)
            {
                if (long.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var written))
                {
                    _written = written;
                }
                else
                {
                    _fault = OutputText.OneLine(line);
                }
            }
        }
    }
}
