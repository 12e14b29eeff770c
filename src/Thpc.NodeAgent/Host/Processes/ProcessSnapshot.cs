using System.Globalization;
using System.Text;

namespace Thpc.NodeAgent.Host.Processes;

/// <summary>What a process does at one moment, from /proc (proc(5)).</summary>
/// <param name="WaitChannel">The kernel function that it sleeps in; null if it runs, or the kernel does not tell.</param>
/// <param name="Links">The targets of its descriptors, by descriptor number, and of `cwd` and `exe`.</param>
/// <param name="Command">Its arguments; its name in brackets if they could not be read.</param>
/// <param name="Subjects">The files that its current system call may access, the most likely first.</param>
internal sealed record ProcessSnapshot(
    ProcessEntry Entry, string? WaitChannel, IReadOnlyDictionary<string, string> Links, string Command, IReadOnlyList<string> Subjects)
{
    private const ulong WorkingDirectory = 0xffffff9c; // AT_FDCWD
    private const ulong MaxDescriptors = 1 << 20;
    private const int MaxPathBytes = 512;

    /// <summary>Inspects a process without being blocked by what blocks that process.</summary>
    /// <param name="limit">For reading its memory: a process stuck in a page fault may block that.</param>
    public static async Task<ProcessSnapshot> AtAsync(ProcessEntry entry, TimeSpan limit, CancellationToken cancel)
    {
        var directory = $"/proc/{entry.Id}";
        var channel = ProcFiles.Read($"{directory}/wchan");
        var links = With(ProcFiles.Descriptors(entry.Id), directory, "cwd");
        var snapshot = new ProcessSnapshot(entry, channel is "" or "0" ? null : channel, links, $"[{ProcessTable.Command(entry.Id)}]", []);
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

    /// <param name="call">`/proc/PID/syscall`: number, six arguments, stack pointer, program counter; or `running`.</param>
    /// <param name="stringAt">Returns the string at an address of the process; null if there is none.</param>
    public static IEnumerable<string> SubjectsOf(string call, IReadOnlyDictionary<string, string> links, Func<ulong, string?> stringAt)
    {
        static ulong Number(string word)
        {
            var digits = word.StartsWith("0x", StringComparison.Ordinal) ? word[2..] : word;
            return ulong.TryParse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var value) ? value : 0;
        }

        ulong[] arguments = [.. call.Split(' ').Skip(1).Take(2).Select(Number)];
        if (arguments.Length < 2)
        {
            yield break;
        }

        // read(fd), fcntl(fd); open(path), stat(path), execve(path); openat(directory, path).
        if (arguments[0] < MaxDescriptors && links.TryGetValue(arguments[0].ToString(CultureInfo.InvariantCulture), out var open))
        {
            yield return open;
        }

        var addresses = arguments.Where(argument => argument >= MaxDescriptors && (uint)argument != WorkingDirectory);
        foreach (var text in addresses.Select(stringAt).OfType<string>())
        {
            if (text.StartsWith('/'))
            {
                yield return text;
            }
        }

        // A page fault accesses the executable; a relative path is relative to the working directory.
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
            var bytes = new byte[MaxPathBytes];
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
