namespace Thpc.NodeAgent.Host;

/// <summary>
/// The kernel's part of a Lustre client. It is built for one kernel: after an update of the kernel it is still installed and
/// yet not there.
/// </summary>
internal static class LustreClient
{
    /// <returns>Null where the running kernel has it, loaded or ready to be loaded; else why not.</returns>
    public static string? Objection(NodeRoot machine)
    {
        if (File.ReadLines(machine.On("/proc/filesystems")).Any(line => line.Trim() == "lustre"))
        {
            return null;
        }

        var running = File.ReadAllText(machine.On("/proc/sys/kernel/osrelease")).Trim();
        var modules = machine.On("/lib/modules");
        var built = Directory.Exists(modules) ? Directory.GetDirectories(modules).Where(HasLustre).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToList() : [];
        return built.Contains(running) ? null
            : built.Count > 0 ? $"the Lustre client is built for kernel {string.Join(", ", built)}, and {running} is running"
            : $"kernel {running} has no Lustre client (module lustre)";
    }

    // modules.dep(5) lists every module of that kernel, each in a line of its own.
    private static bool HasLustre(string directory) =>
        Path.Combine(directory, "modules.dep") is var list && File.Exists(list)
        && File.ReadLines(list).Any(line => line.Split(':')[0].Contains("/lustre.ko", StringComparison.Ordinal));
}
