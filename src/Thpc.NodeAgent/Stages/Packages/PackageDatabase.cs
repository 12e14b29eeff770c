using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>Reads which packages the node has. Changes nothing.</summary>
/// <param name="isForeign">Whether the root is an untrusted tree; nothing of it may be executed.</param>
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

    /// <returns>Installed packages by each requested name that they have or provide.</returns>
    /// <exception cref="AgentException">PACKAGES_DATABASE or PACKAGES_FAILED: the database cannot be read.</exception>
    public Task<IReadOnlyDictionary<string, InstalledPackage>> InstalledAsync(
        PackageFamily family, IReadOnlySet<string> names, CancellationToken cancel) =>
        names.Count == 0 ? Task.FromResult<IReadOnlyDictionary<string, InstalledPackage>>(new Dictionary<string, InstalledPackage>())
        : family == PackageFamily.Apt ? Task.FromResult(Dpkg(names))
        : RpmAsync(names, cancel);

    /// <param name="others">Additional package names.</param>
    /// <returns>The same for needs; a need that is built into another package is listed under its own name.</returns>
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

    /// <returns>All packages in the rpm database.</returns>
    /// <exception cref="AgentException">PACKAGES_DATABASE or PACKAGES_FAILED: the database cannot be read.</exception>
    public async Task<IReadOnlyList<RpmPackage>> AllAsync(CancellationToken cancel)
    {
        // The output exceeds the size limit of ProgramResult.
        using var output = new MemoryStream();
        var result = await RunAsync(RpmQuery.All, cancel, output.Write);
        return RpmQuery.ParseAll(Encoding.UTF8.GetString(output.ToArray())) ?? throw new AgentException(Unreadable(result));
    }

    /// <returns>Packages that dpkg was unpacking or removing when it was killed.</returns>
    public async Task<IReadOnlyList<string>> HalfInstalledAsync(CancellationToken cancel)
    {
        // "iHR munge": wanted, half installed, reinstallation required. H or R is enough.
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

    /// <summary>Whether apt has downloaded any package list; fresh images often have none.</summary>
    public bool HasAptLists()
    {
        var lists = root.Locate("/var/lib/apt/lists");
        return Directory.Exists(lists) && Directory.EnumerateFiles(lists, "*_Packages*").Any();
    }

    /// <summary>A file of an installed package that later shows, without the manager, whether the package is installed.</summary>
    /// <returns>Null if no file is suitable, and for apt, because dpkg's status file can be read directly.</returns>
    public async Task<string?> WitnessAsync(PackageFamily family, string name, CancellationToken cancel)
    {
        if (family == PackageFamily.Apt)
        {
            return null;
        }

        // The middle of a long list is cut out; a truncated path does not exist and is ignored.
        var result = await ProgramRunner.RunAsync(Command(RpmQuery.Files(name)), QueryLimit, cancel);
        return result.Succeeded ? PackageEvidence.Choose(result.Output.Split('\n'), Has) : null;
    }

    /// <summary>Whether the file exists on the node.</summary>
    public bool Has(string path) => File.Exists(root.Locate(path));

    private IReadOnlyDictionary<string, InstalledPackage> Dpkg(IReadOnlySet<string> names)
    {
        var directory = root.Locate("/var/lib/dpkg");
        var status = new DpkgStatus(names);
        try
        {
            using (var file =
                RegularFile.Open(root.Locate("/var/lib/dpkg/status")) ?? throw new IOException("there is no /var/lib/dpkg/status"))
            {
                status.Add(file);
            }

            if (Directory.Exists($"{directory}/updates"))
            {
                // Updates that a running or killed dpkg has not merged yet.
                foreach (var update in Directory.EnumerateFiles($"{directory}/updates")
                    .Where(path =>
                        Path.GetFileName(path).All(char.IsAsciiDigit) && FileStatus.Read(path, link: true) is { Kind: FileKind.Regular })
                        .Order(StringComparer.Ordinal))
                {
                    // dpkg may merge and remove it between listing and reading.
                    status.Add(RegularFile.ReadBytes(update) ?? []);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AgentException(ErrorCode.PackagesFailed, Messages.DpkgUnreadable(e.Message), inner: e);
        }

        return status.IsWhole ? status.Installed : throw new AgentException(
            ErrorCode.PackagesDatabase, Messages.DpkgDamaged($"{directory[root.Prefix.Length..]}/status"));
    }

    private async Task<IReadOnlyDictionary<string, InstalledPackage>> RpmAsync(IReadOnlySet<string> names, CancellationToken cancel)
    {
        // The node's own rpm knows its database's format and path; another system's rpm may silently see an empty database.
        var result = await RunAsync(RpmQuery.Command(names), cancel);
        return RpmQuery.Parse(result.Output, names) ?? throw new AgentException(Unreadable(result));
    }

    private IReadOnlyList<string> Command(IReadOnlyList<string> query) =>
        isForeign ? ForeignRpm.Command(root, query) : ManagerCommands.InRoot(root, query);

    private async Task<ProgramResult> RunAsync(
        IReadOnlyList<string> command, CancellationToken cancel, Action<ReadOnlySpan<byte>>? output = null)
    {
        var result = await ProgramRunner.RunAsync(Command(command), QueryLimit, cancel, log: output);
        return !result.TimedOut ? result : throw new AgentException(
            ErrorCode.PackagesFailed, Messages.QueryTimeout(command[0], $"{QueryLimit.TotalSeconds:0}"));
    }

    /// <summary>The error for unusable rpm output. rpm itself may be missing, or built for another architecture.</summary>
    private Error Unreadable(ProgramResult result)
    {
        var notStarted = result.ExitCode is 126 or 127;
        var why = notStarted || result.Output.Contains("error: ", StringComparison.Ordinal)
            ? ManagerReason.Extract(result.Output) : Messages.RpmEmpty;

        // This machine's rpm may not know the format of the image's database.
        var code = notStarted ? ErrorCode.PackagesFailed : ErrorCode.PackagesDatabase;
        return isForeign
            ? ForeignRpm.Unreadable("rpm: " + why)
            : new Error(code, Messages.RpmUnreadable(why));
    }
}
