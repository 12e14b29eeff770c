namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>Asks rpm who provides what: a package rebuilt under another name counts too.</summary>
internal static class RpmQuery
{
    public static IReadOnlyList<string> Command(IEnumerable<string> names) =>
        ["rpm", "-q", "--whatprovides", "--qf", @"%{NAME}\t%{VERSION}-%{RELEASE}[\t%{PROVIDENAME}]\n", .. names];

    /// <summary>What a package owns, a path a line.</summary>
    public static IReadOnlyList<string> Files(string name) => ["rpm", "-ql", name];

    /// <summary>Its exit code is only the number of names that nothing provides, so the words decide.</summary>
    /// <returns>Null where rpm left a name without an answer: its database could not be read.</returns>
    public static IReadOnlyDictionary<string, InstalledPackage>? Parse(string output, IReadOnlyCollection<string> names)
    {
        var installed = new Dictionary<string, InstalledPackage>(StringComparer.Ordinal);
        var absent = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in output.Split('\n'))
        {
            const string Nobody = "no package provides ";
            if (line.StartsWith(Nobody, StringComparison.Ordinal))
            {
                absent.Add(line[Nobody.Length..].Trim());
            }
            else if (line.Split('\t') is [var name, var version, .. var provides])
            {
                var package = new InstalledPackage(name, version);
                foreach (var wanted in names.Where(wanted => wanted == name || provides.Contains(wanted, StringComparer.Ordinal)))
                {
                    installed.TryAdd(wanted, package);
                }
            }
        }

        return names.All(name => installed.ContainsKey(name) || absent.Contains(name)) ? installed : null;
    }
}
