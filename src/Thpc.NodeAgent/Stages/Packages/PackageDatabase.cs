using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>Reads which packages the node has; changes nothing.</summary>
/// <param name="isForeign">Whether it is a stranger's tree, of which nothing may be executed.</param>
internal sealed class PackageDatabase(NodeRoot root, bool isForeign = false)
{
    private static readonly TimeSpan QueryLimit = TimeSpan.FromSeconds(60);

    public OsRelease System()
    {
        foreach (var path in OsRelease.Paths)
        {
            var file = root.Locate(path);
            if (RegularFile.ReadText(file) is { } text)
            {
                return OsRelease.Parse(text);
            }
        }

        return OsRelease.Parse("");
    }

    /// <returns>Installed packages by those of the names that they have or provide.</returns>
    /// <exception cref="AgentException">PACKAGES_DATABASE or PACKAGES_FAILED: the database cannot be read.</exception>
    public Task<IReadOnlyDictionary<string, InstalledPackage>> InstalledAsync(PackageFamily family, IReadOnlySet<string> names, CancellationToken cancel) =>
        names.Count == 0 ? Task.FromResult<IReadOnlyDictionary<string, InstalledPackage>>(new Dictionary<string, InstalledPackage>())
        : family == PackageFamily.Apt ? Task.FromResult(Dpkg(names))
        : RpmAsync(names, cancel);

    /// <param name="others">Further names.</param>
    /// <returns>The same for needs; one that is built into another package is found by its own name.</returns>
    /// <exception cref="AgentException">PACKAGES_DATABASE or PACKAGES_FAILED: the database cannot be read.</exception>
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

    /// <returns>All that rpm has installed.</returns>
    /// <exception cref="AgentException">PACKAGES_DATABASE or PACKAGES_FAILED: the database cannot be read.</exception>
    public async Task<IReadOnlyList<RpmPackage>> AllAsync(CancellationToken cancel)
    {
        // A result has no room for the packages of a whole system.
        using var output = new MemoryStream();
        var result = await RunAsync(RpmQuery.All, cancel, output.Write);
        return RpmQuery.ParseAll(Encoding.UTF8.GetString(output.ToArray())) ?? throw Unreadable(result);
    }

    /// <returns>Packages over which dpkg was killed while it unpacked or removed them.</returns>
    public async Task<IReadOnlyList<string>> HalfInstalledAsync(CancellationToken cancel)
    {
        // "iHR munge": wanted, half installed, reinstallation required; either of the two says it.
        using var output = new MemoryStream();
        await RunAsync(["dpkg-query", "-W", "-f", @"${db:Status-Abbrev} ${binary:Package}\n"], cancel, output.Write);
        return
        [
            .. from line in Encoding.UTF8.GetString(output.ToArray()).Split('\n')
               let fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
               where fields.Length == 2 && fields[0] is [_, 'H', ..] or [_, _, 'R']
               select fields[1],
        ];
    }

    /// <summary>Whether apt has fetched any list of packages yet: fresh images often have none.</summary>
    public bool HasAptLists()
    {
        var lists = root.Locate("/var/lib/apt/lists");
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
        var result = await ProgramRunner.RunAsync(Command(RpmQuery.Files(name)), QueryLimit, cancel);
        return result.Succeeded ? PackageEvidence.Choose(result.Output.Split('\n'), Has) : null;
    }

    /// <summary>Whether there is such a file on the node.</summary>
    public bool Has(string path) => File.Exists(root.Locate(path));

    private IReadOnlyDictionary<string, InstalledPackage> Dpkg(IReadOnlySet<string> names)
    {
        var directory = root.Locate("/var/lib/dpkg");
        var status = new DpkgStatus(names);
        try
        {
            using (var file = RegularFile.Open(root.Locate("/var/lib/dpkg/status")) ?? throw new IOException("there is no /var/lib/dpkg/status"))
            {
                status.Add(file);
            }

            if (Directory.Exists($"{directory}/updates"))
            {
                // What a dpkg at work, or one that was killed, has not merged yet.
                foreach (var update in Directory.EnumerateFiles($"{directory}/updates").Where(path => Path.GetFileName(path).All(char.IsAsciiDigit) && FileStatus.Read(path, link: true) is { Kind: FileKind.Regular }).Order(StringComparer.Ordinal))
                {
                    // It may be merged between the listing and the reading.
                    status.Add(RegularFile.ReadBytes(update) ?? []);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AgentException(ErrorCode.PackagesFailed, $"reading dpkg's database: {e.Message}", inner: e);
        }

        return status.IsWhole ? status.Installed : throw new AgentException(
            ErrorCode.PackagesDatabase, $"{directory[root.Prefix.Length..]}/status is damaged: it has no package in it, or zero bytes");
    }

    private async Task<IReadOnlyDictionary<string, InstalledPackage>> RpmAsync(IReadOnlySet<string> names, CancellationToken cancel)
    {
        // The node's own rpm knows the format and the place of its database; another system's would find an empty one in silence.
        var result = await RunAsync(RpmQuery.Command(names), cancel);
        return RpmQuery.Parse(result.Output, names) ?? throw Unreadable(result);
    }

    private IReadOnlyList<string> Command(IReadOnlyList<string> query) =>
        isForeign ? ForeignRpm.Command(root, query) : ManagerCommands.InRoot(root, query);

    private async Task<ProgramResult> RunAsync(IReadOnlyList<string> command, CancellationToken cancel, Action<ReadOnlySpan<byte>>? output = null)
    {
        var result = await ProgramRunner.RunAsync(Command(command), QueryLimit, cancel, log: output);
        return !result.TimedOut ? result : throw new AgentException(
            ErrorCode.PackagesFailed,
            $"{command[0]} did not say within {QueryLimit.TotalSeconds:0} s which packages are installed; another program may hold its database");
    }

    /// <summary>rpm itself may be what is missing, as in the tree of another architecture.</summary>
    private AgentException Unreadable(ProgramResult result)
    {
        var notStarted = result.ExitCode is 126 or 127;
        var why = notStarted || result.Output.Contains("error: ", StringComparison.Ordinal)
            ? ManagerReason.Extract(result.Output) : "its database has none of bash, rpm and glibc";

        // Another system's rpm may know the format of this one's database, or not.
        return isForeign ? ForeignRpm.Unknown($"rpm: {why}")
            : new AgentException(notStarted ? ErrorCode.PackagesFailed : ErrorCode.PackagesDatabase, $"rpm cannot say which packages are installed: {why}");
    }
}
