using Thpc.NodeAgent.Host.Files;

namespace Thpc.NodeAgent.Host;

/// <summary>The kernels of a node, by the names that `uname -r` prints.</summary>
internal static class KernelVersions
{
    /// <returns>Null without /proc, as in an unpacked image.</returns>
    public static string? Running(NodeRoot root)
    {
        var release = root.Locate("/proc/sys/kernel/osrelease");
        return RegularFile.ReadText(release)?.Trim();
    }

    /// <summary>The kernel that boot loaders start by default.</summary>
    /// <returns>Null if none is installed, as in a container.</returns>
    public static string? Newest(NodeRoot root) => Installed(root) is [.., var newest] ? newest : null;

    /// <summary>The installed kernels, the oldest first. A removed kernel may leave its directory behind, without modules.dep.</summary>
    public static IReadOnlyList<string> Installed(NodeRoot root)
    {
        var modules = root.Locate("/lib/modules");
        if (!Directory.Exists(modules))
        {
            return [];
        }

        var directories = Directory.GetDirectories(modules).Where(directory => RegularFile.Exists($"{directory}/modules.dep"));
        return [.. directories.Select(directory => Path.GetFileName(directory)!).Order(Comparer<string>.Create(Compare))];
    }

    /// <returns>Null if the running kernel has the module (built in, loaded, or loadable); else why not.</returns>
    public static string? ValidateModule(NodeRoot root, string module)
    {
        if (Running(root) is not { } release || Directory.Exists(root.Locate($"/sys/module/{module}")))
        {
            return null;
        }

        // modules.dep(5) and modules.builtin have one line for each module file, which may be compressed (MODULE.ko.xz).
        var lists = ((string[])["modules.dep", "modules.builtin"])
            .Select(name => root.Locate($"/lib/modules/{release}/{name}")).Where(RegularFile.Exists).ToList();
        return lists.Exists(
            list => File.ReadLines(list).Any(line => line.Split(':')[0].Contains($"/{module}.ko", StringComparison.Ordinal)))
            ? null
            : $"the running kernel {release} has no module {module}{(lists.Count == 0 ? $": /lib/modules/{release} does not exist" : "")}";
    }

    /// <summary>
    /// Compares numbers by value and other characters by code: 5.10.0-9 comes before 5.10.0-28. Also for names of hosts.
    /// </summary>
    public static int Compare(string left, string right)
    {
        for (int i = 0, j = 0; ;)
        {
            if (i == left.Length || j == right.Length)
            {
                return (left.Length - i).CompareTo(right.Length - j);
            }

            if (char.IsAsciiDigit(left[i]) && char.IsAsciiDigit(right[j]))
            {
                var one = Digits(left, ref i);
                var other = Digits(right, ref j);
                var order = one.Length != other.Length ? one.Length.CompareTo(other.Length) : string.CompareOrdinal(one, other);
                if (order != 0)
                {
                    return order;
                }
            }
            else if (left[i] != right[j])
            {
                return left[i].CompareTo(right[j]);
            }
            else
            {
                i++;
                j++;
            }
        }
    }

    private static string Digits(string text, ref int at)
    {
        var start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            at++;
        }

        return text[start..at].TrimStart('0');
    }
}
