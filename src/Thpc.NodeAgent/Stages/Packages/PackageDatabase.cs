using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>Reads which packages the node has; changes nothing.</summary>
internal sealed class PackageDatabase(NodeRoot root)
{
    private static readonly TimeSpan RpmLimit = TimeSpan.FromSeconds(60);

    public OsRelease System()
    {
        foreach (var path in (string[])["/etc/os-release", "/usr/lib/os-release"])
        {
            var file = root.On(root.Resolve(path));
            if (File.Exists(file))
            {
                return OsRelease.Parse(File.ReadAllText(file));
            }
        }

        return OsRelease.Parse("");
    }

    /// <returns>Installed packages by those of the names that they have or provide.</returns>
    /// <exception cref="AgentException">PACKAGES_FAILED: the database cannot be read.</exception>
    public Task<IReadOnlyDictionary<string, InstalledPackage>> InstalledAsync(PackageFamily family, IReadOnlySet<string> names, CancellationToken cancel) =>
        names.Count == 0 ? Task.FromResult<IReadOnlyDictionary<string, InstalledPackage>>(new Dictionary<string, InstalledPackage>())
        : family == PackageFamily.Apt ? Task.FromResult(Dpkg(names))
        : RpmAsync(names, cancel);

    /// <param name="others">Further names.</param>
    /// <returns>The same for needs; one that is built into another package is found by its own name.</returns>
    /// <exception cref="AgentException">PACKAGES_FAILED: the database cannot be read.</exception>
    public async Task<IReadOnlyDictionary<string, InstalledPackage>> InstalledAsync(
        PackageFamily family, IReadOnlyList<PackageNeed> needs, IEnumerable<string> others, CancellationToken cancel)
    {
        var places = needs.Select(need => need.BuiltIn?.Package).OfType<string>();
        var names = needs.SelectMany(need => need.Names).Concat(places).Concat(others);
        var installed = await InstalledAsync(family, names.ToHashSet(StringComparer.Ordinal), cancel);
        var builtIn = from need in needs
                      let place = need.BuiltIn
                      where place is not null && !need.Names.Any(installed.ContainsKey) && place.Files.Any(Has)
                      let package = installed.GetValueOrDefault(place.Package)
                      where package is not null
                      select KeyValuePair.Create(need.Name, package);
        return installed.Concat(builtIn).ToDictionary(StringComparer.Ordinal);
    }

    /// <summary>Whether apt has fetched any list of packages yet: fresh images often have none.</summary>
    public bool HasAptLists()
    {
        var lists = root.On(root.Resolve("/var/lib/apt/lists"));
        return Directory.Exists(lists) && Directory.EnumerateFiles(lists, "*_Packages*").Any();
    }

    /// <summary>A file of an installed package that says later, without the manager, whether the package is there.</summary>
    /// <returns>Null where no file will do, and where dpkg's status, a file itself, says it as well.</returns>
    public async Task<string?> WitnessAsync(PackageFamily family, string name, CancellationToken cancel)
    {
        if (family == PackageFamily.Apt)
        {
            return null;
        }

        // Long lists lose their middle; what is left of a line there is no file that exists.
        var result = await Tool.RunAsync(ManagerCommands.Within(root, RpmQuery.Files(name)), RpmLimit, cancel);
        return result.Succeeded ? Witness.Choose(result.Output.Split('\n'), Has) : null;
    }

    /// <summary>Whether there is such a file on the node.</summary>
    public bool Has(string path) => File.Exists(root.On(root.Resolve(path)));

    private IReadOnlyDictionary<string, InstalledPackage> Dpkg(IReadOnlySet<string> names)
    {
        var directory = root.On(root.Resolve("/var/lib/dpkg"));
        var status = new DpkgStatus(names);
        try
        {
            using (var file = File.OpenRead($"{directory}/status"))
            {
                status.Add(file);
            }

            if (Directory.Exists($"{directory}/updates"))
            {
                // What a dpkg at work, or one that was killed, has not merged yet.
                foreach (var update in Directory.EnumerateFiles($"{directory}/updates").Where(path => Path.GetFileName(path).All(char.IsAsciiDigit)).Order(StringComparer.Ordinal))
                {
                    status.Add(Journal(update));
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AgentException(ErrorCode.PackagesFailed, $"reading dpkg's database: {e.Message}", inner: e);
        }

        return status.Installed;
    }

    private static byte[] Journal(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (FileNotFoundException)
        {
            // It was merged between the listing and the reading.
            return [];
        }
    }

    private async Task<IReadOnlyDictionary<string, InstalledPackage>> RpmAsync(IReadOnlySet<string> names, CancellationToken cancel)
    {
        // The node's own rpm knows the format and the place of its database; another system's would find an empty one in silence.
        var result = await Tool.RunAsync(ManagerCommands.Within(root, RpmQuery.Command(names)), RpmLimit, cancel);
        if (result.TimedOut)
        {
            throw new AgentException(ErrorCode.PackagesFailed, $"rpm did not say within {RpmLimit.TotalSeconds:0} s which packages are installed; another program may hold its database");
        }

        return RpmQuery.Parse(result.Output, names)
            ?? throw new AgentException(ErrorCode.PackagesFailed, $"rpm cannot say which packages are installed: {result.LastWords}", new("Look at `rpm -qa`; `rpm --rebuilddb` mends a broken database.", "请查看 `rpm -qa`；`rpm --rebuilddb` 可修复损坏的数据库。"));
    }
}
