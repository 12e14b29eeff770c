namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>Queries rpm for the providers of names: a package rebuilt under another name counts too.</summary>
internal static class RpmQuery
{
    // Every system has one of these. If none is listed, rpm did not read the system's database.
    private static readonly string[] AlwaysInstalled = ["bash", "rpm", "glibc"];

    // Includes the epoch only if there is one, the form that dpkg uses and the managers accept.
    private const string Version = "%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}";

    public static IReadOnlyList<string> Command(IEnumerable<string> names) =>
        ["rpm", "-q", "--whatprovides", "--qf", $@"%{{NAME}}\t{Version}[\t%{{PROVIDENAME}}]\n", .. names.Union(AlwaysInstalled)];

    /// <summary>Lists all installed packages, for <see cref="ParseAll"/>.</summary>
    public static IReadOnlyList<string> All { get; } =
        ["rpm", "-qa", "--qf", $@"%{{NAME}}\t%{{NAME}}-{Version}.%{{ARCH}}\t%{{INSTALLTIME}}\t%{{DBINSTANCE}}\n"];

    /// <summary>Lists the files of a package, one path per line.</summary>
    public static IReadOnlyList<string> Files(string name) => ["rpm", "-ql", name];

    /// <summary>Parses the output. rpm's exit code is only the number of names without a provider.</summary>
    /// <returns>Null if rpm could not read its database, or read one that is not the system's.</returns>
    public static IReadOnlyDictionary<string, InstalledPackage>? Parse(string output, IReadOnlyCollection<string> names)
    {
        var wantedNames = names.Union(AlwaysInstalled).ToList();
        var installed = new Dictionary<string, InstalledPackage>(StringComparer.Ordinal);
        var absent = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in output.Split('\n'))
        {
            const string NotProvided = "no package provides ";
            if (line.StartsWith(NotProvided, StringComparison.Ordinal))
            {
                absent.Add(line[NotProvided.Length..].Trim());
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

        var isComplete = names.All(name => installed.ContainsKey(name) || absent.Contains(name));
        return isComplete && Array.Exists(AlwaysInstalled, installed.ContainsKey) ? installed : null;
    }

    /// <returns>Null if rpm could not read its database.</returns>
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

    // rpm continues after an error, and answers as if nothing were installed.
    private static bool IsError(string line) => line.StartsWith("error: ", StringComparison.Ordinal);
}
