using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;

namespace Thpc.NodeAgent.Host;

/// <summary>
/// The kernel module of a Lustre client. It is built for one kernel version: after a kernel update the package is still installed, but
/// the new kernel lacks the module.
/// </summary>
internal static class LustreClient
{
    /// <returns>Null if the running kernel has the module, loaded or loadable; else why not.</returns>
    public static LocalizedText? Validate(NodeRoot machine) =>
        File.ReadLines(machine.Locate("/proc/filesystems")).Any(line => line.Trim() == "lustre") ? null
        : Validate(machine, KernelVersions.Running(machine) ?? "", Messages.LustreOtherKernels);

    /// <returns>Null if this kernel, running or not, has the module; else why not.</returns>
    public static LocalizedText? Validate(NodeRoot root, string kernel) => Validate(root, kernel, Messages.LustreNotFor);

    private static LocalizedText? Validate(NodeRoot root, string kernel, Func<string, string, LocalizedText> describe)
    {
        if (IsBuiltFor(root, kernel))
        {
            return null;
        }

        string[] built = [.. KernelVersions.Installed(root).Where(other => IsBuiltFor(root, other))];
        return built.Length > 0
            ? describe(string.Join(", ", built), kernel)
            : Messages.NoLustre(kernel);
    }

    // modules.dep(5) lists every module of a kernel, one per line.
    private static bool IsBuiltFor(NodeRoot root, string kernel) =>
        root.Locate($"/lib/modules/{kernel}/modules.dep") is var list && RegularFile.Exists(list)
        && File.ReadLines(list).Any(line => line.Split(':')[0].Contains("/lustre.ko", StringComparison.Ordinal));
}
