using Thpc.NodeAgent.Host.Files;

namespace Thpc.NodeAgent.Host;

/// <summary>Which kernels a node has, by the names that `uname -r` prints.</summary>
internal static class KernelVersions
{
    /// <returns>Null where there is no /proc, as in an unpacked image.</returns>
    public static string? Running(NodeRoot root)
    {
        var release = root.Locate("/proc/sys/kernel/osrelease");
        return RegularFile.ReadText(release)?.Trim();
    }

    /// <summary>The kernel that boot loaders start by themselves.</summary>
    /// <returns>Null where none is installed, as in a container.</returns>
    public static string? Newest(NodeRoot root) => Installed(root) is [.., var newest] ? newest : null;

    /// <summary>The oldest first. Of a kernel that was removed a directory may be left, but not the list of its modules.</summary>
    public static IReadOnlyList<string> Installed(NodeRoot root)
    {
        var modules = root.Locate("/lib/modules");
        return Directory.Exists(modules)
            ? [.. Directory.GetDirectories(modules).Where(directory => RegularFile.Exists($"{directory}/modules.dep")).Select(directory => Path.GetFileName(directory)!).Order(Comparer<string>.Create(Compare))]
            : [];
    }

    /// <returns>Null where the running kernel has that module, built in, loaded or ready to be loaded; else why not.</returns>
    public static string? ValidateModule(NodeRoot root, string module)
    {
        if (Running(root) is not { } release || Directory.Exists(root.Locate($"/sys/module/{module}")))
        {
            return null;
        }

        // modules.dep(5) and modules.builtin list a module in a line each, perhaps compressed.
        var lists = ((string[])["modules.dep", "modules.builtin"]).Select(name => root.Locate($"/lib/modules/{release}/{name}")).Where(RegularFile.Exists).ToList();
        return lists.Exists(list => File.ReadLines(list).Any(line => line.Split(':')[0].Contains($"/{module}.ko", StringComparison.Ordinal)))
            ? null
            : $"kernel {release}, which is running, has no module {module}{(lists.Count == 0 ? $": there is no /lib/modules/{release}" : "")}";
    }

    /// <summary>Numbers by their value, the rest by its letters: 5.10.0-9 comes before 5.10.0-28.</summary>
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
