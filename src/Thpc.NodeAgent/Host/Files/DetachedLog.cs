using System.Diagnostics;
using System.Globalization;
using System.Text;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>
/// A bounded log that a separate process writes. A write to a frozen disk (fsfreeze(8)) or to a dead server blocks in the kernel: KILL
/// ends neither the thread nor its process. Here only the writer process blocks. Output that it does not accept in time is dropped
/// and counted, so the script that prints it is delayed by at most <see cref="StallLimit"/>.
/// </summary>
internal sealed class DetachedLog
{
    private const int RingBytes = 1 << 20;
    private const int MaxWrite = 1 << 16;
    private static readonly TimeSpan StallLimit = TimeSpan.FromSeconds(2);

    /// <summary>For the last writes, after the end of the output.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    // $1 is the log; those of the two runs before are kept as $1.1 and $1.2. cat(1) writes its head: it starts 20 times faster than the
    // agent, and few scripts print more than the head holds.
    private const string HeadWriter = """
        exec 2>&1
        trap '' HUP INT QUIT TERM
        [ -d "${1%/*}" ] || mkdir "${1%/*}" 2>/dev/null || mkdir -p "${1%/*}" || exit
        umask 077
        if [ -f "$1" ] && ! [ -L "$1" ]; then
            ! [ -e "$1.1" ] || mv -fT "$1.1" "$1.2" 2>/dev/null
            mv -fT "$1" "$1.1" 2>/dev/null
        fi
        if [ -e "$1" ] || [ -L "$1" ]; then rm -f "$1" || exit; fi
        exec cat >"$1"
        """;

    private readonly string _path;
    private readonly TaskCompletionSource _end = new();
    private readonly object _gate = new();

    // Bytes that the pipe to the writer has not accepted yet. The sending thread reads its part without the lock.
    private readonly byte[] _ring = GC.AllocateUninitializedArray<byte>(RingBytes);
    private long _queued;
    private long _sent;
    private long _written;
    private long _dropped;
    private long _reportedDropped;
    private bool _isStalled;
    private bool _isComplete;
    private string? _fault;

    /// <exception cref="Exception">The process cannot be started: System.ComponentModel.Win32Exception.</exception>
    public DetachedLog(string path)
    {
        _path = path;
        var head = Start("/bin/sh", "-c", HeadWriter, "sh", path);
        new Thread(() => Send(head)) { IsBackground = true }.Start();
    }

    /// <summary>Queues output. Waits at most <see cref="StallLimit"/> if the queue is full, then drops the output.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_isComplete)
            {
                return;
            }

            var notice = _dropped == _reportedDropped ? [] : Encoding.ASCII.GetBytes(string.Create(
                CultureInfo.InvariantCulture,
                $"\n[... {_dropped - _reportedDropped} bytes dropped: the log's disk accepted no writes ...]\n"));
            bool HasRoom(int count) => _queued - _sent + count <= RingBytes;
            for (var start = TimeProvider.System.GetTimestamp(); !HasRoom(notice.Length + bytes.Length) && !_isStalled;)
            {
                var left = StallLimit - TimeProvider.System.GetElapsedTime(start);
                _isStalled = left <= TimeSpan.Zero || !Monitor.Wait(_gate, left);
            }

            if (!HasRoom(notice.Length + bytes.Length))
            {
                _dropped += bytes.Length;
                return;
            }

            _reportedDropped = _dropped;
            _isStalled = false;
            Enqueue(notice);
            Enqueue(bytes);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits a few seconds for the last writes.</summary>
    /// <returns>Why the log is incomplete; null if it is complete.</returns>
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
            var missing = _dropped + (_queued - _written);
            return _fault
                ?? (isWritten && missing == 0 ? null
                    : isWritten ? $"{missing} bytes were dropped because its disk accepted no writes for a while"
                    : $"its disk accepts no writes: {missing} bytes are pending or were dropped");
        }
    }

    private void Enqueue(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var at = (int)(_queued % RingBytes);
            var count = Math.Min(bytes.Length, RingBytes - at);
            bytes[..count].CopyTo(_ring.AsSpan(at));
            _queued += count;
            bytes = bytes[count..];
        }
    }

    private static Process Start(params string[] command)
    {
        // In a session of its own, out of reach of the terminal's signals.
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

    private void Send(Process head)
    {
        try
        {
            Write(head, BoundedLog.HeadBytes);
            if (_sent == BoundedLog.HeadBytes && _fault is null && NextChunk() is { Length: > 0 })
            {
                // Through /proc: an upgrade may have deleted the executable.
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
                // After a failure of the writer further output cannot be written.
                _isComplete = true;
                Monitor.PulseAll(_gate);
            }

            _end.SetResult();
        }
    }

    /// <summary>Sends output to the writer until it has accepted <paramref name="end"/> bytes in all, then waits for its exit.</summary>
    private void Write(Process writer, long end)
    {
        using (writer)
        {
            var progress = ReadProgressAsync(writer);
            try
            {
                using var input = writer.StandardInput.BaseStream;
                while (_sent < end && NextChunk() is { Length: > 0 } bytes)
                {
                    bytes = bytes[..(int)Math.Min(bytes.Length, end - _sent)];
                    input.Write(bytes.Span);
                    lock (_gate)
                    {
                        _sent += bytes.Length;
                        Monitor.PulseAll(_gate);
                    }
                }
            }
            catch (IOException e)
            {
                // The writer has ended; it probably printed the reason.
                Fail(e.Message);
            }

            progress.GetAwaiter().GetResult();
            writer.WaitForExit();
            if (writer.ExitCode != 0)
            {
                Fail($"its writer (pid {writer.Id}) ended with exit code {writer.ExitCode}");
            }

            lock (_gate)
            {
                _written = end == BoundedLog.HeadBytes && writer.ExitCode == 0 ? _sent : _written;
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

    /// <summary>Waits for the next output; empty after the last.</summary>
    private ReadOnlyMemory<byte> NextChunk()
    {
        lock (_gate)
        {
            while (_queued == _sent && !_isComplete)
            {
                Monitor.Wait(_gate);
            }

            var at = (int)(_sent % RingBytes);
            return _ring.AsMemory(at, (int)Math.Min(Math.Min(_queued - _sent, RingBytes - at), MaxWrite));
        }
    }

    private async Task ReadProgressAsync(Process writer)
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
                    _fault = TerminalText.OneLine(line);
                }
            }
        }
    }
}
