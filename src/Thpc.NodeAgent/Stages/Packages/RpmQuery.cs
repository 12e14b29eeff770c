namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>Asks rpm who provides what: a package rebuilt under another name counts too.</summary>
internal static class RpmQuery
{
    // One of them is in the database of every system: where none is, it is not the system's database that rpm has read.
    private static readonly string[] Always = ["bash", "rpm", "glibc"];

    // Epoch only where there is one, as dpkg has it and the managers take it.
    private const string Version = "%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}";

    public static IReadOnlyList<string> Command(IEnumerable<string> names) =>
        ["rpm", "-q", "--whatprovides", "--qf", $@"%{{NAME}}\t{Version}[\t%{{PROVIDENAME}}]\n", .. names.Union(Always)];

    /// <summary>All that is installed, for <see cref="ParseAll"/>.</summary>
    public static IReadOnlyList<string> All { get; } = ["rpm", "-qa", "--qf", $@"%{{NAME}}\t%{{NAME}}-{Version}.%{{ARCH}}\t%{{INSTALLTIME}}\t%{{DBINSTANCE}}\n"];

    /// <summary>What a package owns, a path a line.</summary>
    public static IReadOnlyList<string> Files(string name) => ["rpm", "-ql", name];

    /// <summary>Its exit code is only the number of names that nothing provides, so the words decide.</summary>
    /// <returns>Null where rpm could not read its database, or read one that is not the system's.</returns>
    public static IReadOnlyDictionary<string, InstalledPackage>? Parse(string output, IReadOnlyCollection<string> names)
    {
        var wantedNames = names.Union(Always).ToList();
        var installed = new Dictionary<string, InstalledPackage>(StringComparer.Ordinal);
        var absent = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in output.Split('\n'))
        {
            const string Nobody = "no package provides ";
            if (line.StartsWith(Nobody, StringComparison.Ordinal))
            {
                absent.Add(line[Nobody.Length..].Trim());
            }
            else if (IsError(line))
            {
                return null;
            }
            else if (line.Split('\t') is [var name, var version, .. var provides])
            {
                var package = new InstalledPackage(name, version);
                foreach (var wanted in wantedNames.Where(wanted => wanted == name || provides.Contains(wanted, StringComparer.Ordinal)))
                {
                    installed.TryAdd(wanted, package);
                }
            }
        }

        return names.All(name => installed.ContainsKey(name) || absent.Contains(name)) && Array.Exists(Always, installed.ContainsKey) ? installed : null;
    }

    /// <returns>Null where rpm could not read its database.</returns>
    public static IReadOnlyList<RpmPackage>? ParseAll(string output)
    {
        List<RpmPackage> packages = [];
        foreach (var line in output.Split('\n'))
        {
            if (IsError(line))
            {
                return null;
            }

            if (line.Split('\t') is [var name, var fullName, var installedAt, var instance])
            {
                packages.Add(new RpmPackage(name, fullName, installedAt, instance));
            }
        }

        return packages.Count == 0 ? null : packages;
    }

    // It goes on after them, and answers as if nothing were installed.
    private static bool IsError(string line) => line.StartsWith("error: ", StringComparison.Ordinal);
}
