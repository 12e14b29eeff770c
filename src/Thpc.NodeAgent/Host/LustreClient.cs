using Thpc.NodeAgent.Host.Files;

namespace Thpc.NodeAgent.Host;

/// <summary>
/// The kernel's part of a Lustre client. It is built for one kernel: after an update of the kernel it is still installed and
/// yet not there.
/// </summary>
internal static class LustreClient
{
    /// <returns>Null where the running kernel has it, loaded or ready to be loaded; else why not.</returns>
    public static string? Validate(NodeRoot machine) =>
        File.ReadLines(machine.Locate("/proc/filesystems")).Any(line => line.Trim() == "lustre") ? null
        : Validate(machine, KernelVersions.Running(machine) ?? "", running => $"{running} is running");

    /// <returns>Null where it is there for that kernel, running or not; else why not.</returns>
    public static string? Validate(NodeRoot root, string kernel) => Validate(root, kernel, other => $"not for {other}");

    private static string? Validate(NodeRoot root, string kernel, Func<string, string> contrast)
    {
        if (IsBuiltFor(root, kernel))
        {
            return null;
        }

        string[] built = [.. KernelVersions.Installed(root).Where(other => IsBuiltFor(root, other))];
        return built.Length > 0
            ? $"the Lustre client is built for kernel {string.Join(", ", built)}, and {contrast(kernel)}"
            : $"kernel {kernel} has no Lustre client (module lustre)";
    }

    // modules.dep(5) lists every module of that kernel, each in a line of its own.
    private static bool IsBuiltFor(NodeRoot root, string kernel) =>
        root.Locate($"/lib/modules/{kernel}/modules.dep") is var list && RegularFile.Exists(list)
        && File.ReadLines(list).Any(line => line.Split(':')[0].Contains("/lustre.ko", StringComparison.Ordinal));
}
