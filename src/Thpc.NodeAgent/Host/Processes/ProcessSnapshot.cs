using System.Globalization;
using System.Text;

namespace Thpc.NodeAgent.Host.Processes;

/// <summary>What one process is about, as far as /proc tells (proc(5)).</summary>
/// <param name="WaitChannel">The kernel's function that it sleeps in; null where it runs, or where the kernel does not say.</param>
/// <param name="Links">Where its descriptors, by their numbers, its `cwd` and its `exe` lead.</param>
/// <param name="Command">Its arguments; its name in brackets where they could not be read.</param>
/// <param name="Subjects">Files that its system call may be about, the likeliest first.</param>
internal sealed record ProcessSnapshot(ProcessEntry Entry, string? WaitChannel, IReadOnlyDictionary<string, string> Links, string Command, IReadOnlyList<string> Subjects)
{
    private const ulong WorkingDirectory = 0xffffff9c; // AT_FDCWD
    private const ulong MaxDescriptors = 1 << 20;
    private const int LongestPath = 512;

    /// <summary>Looks at a process without waiting for whatever it waits for itself.</summary>
    /// <param name="limit">For its memory: whoever is stuck in a page fault may keep others from that.</param>
    public static async Task<ProcessSnapshot> AtAsync(ProcessEntry entry, TimeSpan limit, CancellationToken cancel)
    {
        var directory = $"/proc/{entry.Id}";
        var channel = ProcFiles.Read($"{directory}/wchan");
        var snapshot = new ProcessSnapshot(entry, channel is "" or "0" ? null : channel, With(ProcFiles.Descriptors(entry.Id), directory, "cwd"), $"[{ProcessTable.Command(entry.Id)}]", []);
        try
        {
            return await BlockingCall.RunAsync(() => snapshot.WithMemory(directory), limit, cancel);
        }
        catch (TimeoutException)
        {
            return snapshot;
        }
    }

    private ProcessSnapshot WithMemory(string directory)
    {
        var links = With(Links, directory, "exe");
        var arguments = ProcFiles.Read($"{directory}/cmdline")?.TrimEnd('\0').Replace('\0', ' ') ?? "";
        return this with
        {
            Links = links,
            Command = arguments.Length > 0 ? arguments : Command,
            Subjects = [.. SubjectsOf(ProcFiles.Read($"{directory}/syscall") ?? "", links, address => StringAt(directory, address))],
        };
    }

    /// <param name="call">`/proc/PID/syscall`: number and six arguments, stack pointer and program counter; or `running`.</param>
    /// <param name="stringAt">The text at an address of the process; null where there is none.</param>
    public static IEnumerable<string> SubjectsOf(string call, IReadOnlyDictionary<string, string> links, Func<ulong, string?> stringAt)
    {
        ulong[] arguments = [.. call.Split(' ').Skip(1).Take(2).Select(word =>
            ulong.TryParse(word.StartsWith("0x", StringComparison.Ordinal) ? word[2..] : word, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var value) ? value : 0)];
        if (arguments.Length < 2)
        {
            yield break;
        }

        // read(fd), fcntl(fd); open(path), stat(path), execve(path); openat(directory, path).
        if (arguments[0] < MaxDescriptors && links.TryGetValue(arguments[0].ToString(CultureInfo.InvariantCulture), out var open))
        {
            yield return open;
        }

        foreach (var text in arguments.Where(argument => argument >= MaxDescriptors && (uint)argument != WorkingDirectory).Select(stringAt).OfType<string>())
        {
            if (text.StartsWith('/'))
            {
                yield return text;
            }
        }

        // A name of its own has whoever runs from there, or stands there.
        foreach (var name in (string[])["cwd", "exe"])
        {
            if (links.TryGetValue(name, out var target))
            {
                yield return target;
            }
        }
    }

    private static string? StringAt(string directory, ulong address)
    {
        if (address > long.MaxValue)
        {
            return null;
        }

        try
        {
            using var memory = File.OpenHandle($"{directory}/mem");
            var bytes = new byte[LongestPath];
            var text = bytes.AsSpan(0, RandomAccess.Read(memory, bytes, (long)address));
            return text.IndexOf((byte)0) is > 0 and var length ? Encoding.UTF8.GetString(text[..length]) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static Dictionary<string, string> With(IReadOnlyDictionary<string, string> links, string directory, string name)
    {
        var all = new Dictionary<string, string>(links, StringComparer.Ordinal);
        if (ProcFiles.Target($"{directory}/{name}") is { } target)
        {
            all[name] = target;
        }

        return all;
    }
}
