using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Host.Units;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>Installs the packages that the node's role needs. Skipped if the image's marker exists.</summary>
/// <param name="isForeign">Whether the root is an untrusted tree; nothing of it may be executed.</param>
internal sealed class PackagesStage(NodeConfig config, NodeRoot root, bool isForeign = false) : IStage
{
    // For queries of the plan; the installation repeats them with a longer limit.
    private static readonly TimeSpan QueryLimit = TimeSpan.FromSeconds(20);

    private readonly PackageDatabase _database = new(root, isForeign);

    public string Name => "packages";

    /// <summary>Whether to install although the marker exists, as for `packages install`.</summary>
    public bool IgnoreMarker { get; init; }

    /// <summary>
    /// "NAME VERSION" of each needed package that is installed, sorted, as of the last check; null if the stage did not read the package
    /// database.
    /// </summary>
    public IReadOnlyList<string>? Versions { get; private set; }

    public async Task<StagePlan> PlanAsync(CancellationToken cancel)
    {
        var marker = IgnoreMarker ? new PreinstalledMarker(false, null, null) : PreinstalledMarker.Read(root);
        IReadOnlyList<string> markerWarning = marker.Warning is null ? [] : [marker.Warning];
        if (marker.IsThere)
        {
            const string Reason = $"{NodePaths.Marker} is there: the image has the packages";
            return marker.Manifest is { } manifest
                ? await CompareAsync(manifest, Reason, cancel)
                : StagePlan.Nothing(Reason) with { Warnings = markerWarning };
        }

        var check = await CheckAsync(cancel);
        check = check with { Warnings = [.. markerWarning, .. check.Warnings] };
        if (check.Missing.Count == 0 && check.Interrupted.Count == 0)
        {
            return StagePlan.Nothing(check.Items.Count == 0
                ? "this node needs no packages" : $"all {check.Items.Count} packages are installed") with
            { Warnings = check.Warnings };
        }

        var commands = new ManagerCommands(check.Family, root);
        var names = await PackageChoice.SelectAsync(
            commands, check.Missing, fetch: false, command => ProgramRunner.RunAsync(command, QueryLimit, cancel, commands.Environment()));
        var hasLists = check.Family != PackageFamily.Apt || _database.HasAptLists();
        IReadOnlyList<string>[] details =
        [
            .. check.Interrupted.Count > 0 ? (IReadOnlyList<string>[])[commands.Reinstall(check.Interrupted)] : [],
            .. hasLists ? (IReadOnlyList<string>[])[] : [commands.Update()],
            .. names.Count > 0 ? (IReadOnlyList<string>[])[commands.Install(names)] : [],
        ];
        var transaction = new PackageTransaction(check.Family, commands, root, _database);
        var installer =
            new PackageInstaller(check.Family, commands, root, config.Packages, _database, transaction, CheckAsync) { HasLists = hasLists };
        List<string> warnings = [];
        var step = new Step(Summary(check, names), async (note, token) =>
        {
            var units = new BootUnits(root);
            try
            {
                await installer.InstallAsync(note, token);
            }
            finally
            {
                // Some packages may be installed even after a failure.
                await units.StartNewAsync(note, token);
            }

            warnings.AddRange(installer.Warnings.Concat((await CheckAsync(token)).Warnings).Except(check.Warnings));
        })
        {
            Kind = StepKind.Install,
            LogPath = NodePaths.PackageLog,
            Latest = () => installer.LastLine,
            Details = [.. details.Select(command => string.Join(' ', command))],
            Warnings = () => warnings,
        };
        var present = check.Items.Count - check.Missing.Count;
        return new StagePlan([step], present > 0 ? $"{present} of {check.Items.Count} packages are installed" : null)
        {
            Warnings = check.Warnings,
        };
    }

    /// <summary>Which needed packages are installed and which are missing, regardless of the marker. Changes nothing.</summary>
    /// <exception cref="AgentException">PACKAGES_FAILED: the system or its package database cannot be read.</exception>
    public async Task<PackageCheck> CheckAsync(CancellationToken cancel)
    {
        var system = _database.System();
        if (Family(system) is not { } family)
        {
            throw new AgentException(
                ErrorCode.PackagesFailed,
                Messages.UnknownManager($"{system}"),
                Hints.UnknownManager);
        }

        var plan = PackagePlan.For(config, family);
        var installed = await _database.InstalledAsync(family, plan.Needs, [], cancel);
        IReadOnlyList<PackageState> items = [.. plan.Needs.Select(need => new PackageState(need, Find(need)))];
        Versions = VersionsOf(items.Select(item => item.Installed));
        InstalledPackage? Find(PackageNeed need) =>
            need.Names.Select(name => installed.GetValueOrDefault(name)).FirstOrDefault(found => found is not null);

        IReadOnlyList<PackageNeed> missing = [.. items.Where(item => item.Installed is null).Select(item => item.Need)];
        var absence = NisClient.Absence(system, missing);
        var (interrupted, failedScripts) = await ReadStateOfEarlierRunsAsync(family, cancel);
        return new PackageCheck(
            system.ToString(), family, items, [.. plan.Warnings, .. absence is null ? [] : (string[])[absence.Message], .. failedScripts])
        {
            Absence = absence,
            AbsentNeeds = NisClient.AbsentNeeds(system, missing),
            Interrupted = interrupted,
            Obstacles = TurboClient.IsNeeded(config) ? TurboClient.Obstacles(root) : [],
        };
    }

    /// <summary>The manifest that `image prep` writes into the marker. Changes nothing.</summary>
    /// <exception cref="AgentException">PACKAGES_FAILED: the package database cannot be read.</exception>
    public async Task<ImageManifest> ManifestAsync(string agentVersion, DateTimeOffset now, CancellationToken cancel)
    {
        var system = _database.System();
        var kernel = KernelVersions.Newest(root) ?? KernelVersions.Running(root);
        var manifest = new ImageManifest
        {
            AgentVersion = agentVersion,
            CreatedAt = now,
            OsId = system.Id,
            OsVersion = system.VersionId,
            KernelRelease = kernel,
            LustreClient = kernel is not null && LustreClient.Validate(root, kernel) is null,
            NodeRole = config.Cluster.RoleName,
        };

        // With an unknown package manager the rest of the manifest is still useful.
        if (Family(system) is null)
        {
            return manifest;
        }

        var check = await CheckAsync(cancel);
        List<ManifestPackage> packages = [];
        foreach (var (need, installed) in check.Items)
        {
            if (installed is not null)
            {
                var witness = await _database.WitnessAsync(check.Family, installed.Name, cancel);
                packages.Add(new ManifestPackage(installed.Name, installed.Version, need.Purpose, need.Name, witness));
            }
        }

        return manifest with { Packages = packages, Missing = [.. check.Missing.Select(need => need.Name)] };
    }

    /// <summary>Compares the node with its image's manifest. Reads files only; runs and installs nothing.</summary>
    private async Task<StagePlan> CompareAsync(ImageManifest manifest, string reason, CancellationToken cancel)
    {
        var system = _database.System();
        var family = Family(system);
        IReadOnlyList<PackageNeed> needs = family is { } known ? PackagePlan.For(config, known).Needs : [];
        IReadOnlyDictionary<string, InstalledPackage>? installed = null;
        List<string> warnings = [];
        if (family == PackageFamily.Apt)
        {
            try
            {
                var captured = manifest.Packages.Select(package => package.Name);
                installed = await _database.InstalledAsync(PackageFamily.Apt, needs, captured, cancel);
            }
            catch (AgentException e)
            {
                warnings.Add($"the packages cannot be compared with the image's manifest: {e.Message}");
            }
        }

        Versions = installed is null ? null : VersionsOf(installed.Values);
        var kernel = KernelVersions.Running(root);
        var comparison = ImageComparison.Compare(manifest, config.Cluster, needs, TurboClient.IsNeeded(config), new NodeSnapshot(
            system,
            kernel,
            manifest.LustreClient && kernel is not null ? LustreClient.Validate(root) : null,
            installed,
            manifest.Packages.Where(package => package.Witness is not null).DistinctBy(package => package.Name)
                .ToDictionary(package => package.Name, package => _database.Has(package.Witness!), StringComparer.Ordinal)));
        return new StagePlan(
            comparison.Refusal is { } refusal
                ? [Step.Refused("compare the packages with those of the image's manifest", refusal, [], [])]
                : [],
            reason)
        {
            Warnings = [.. warnings, .. comparison.Warnings],
        };
    }

    private PackageFamily? Family(OsRelease system) => PackageFamilies.Choose(system, name => ProgramFinder.Find(root, name) is not null);

    private static IReadOnlyList<string> VersionsOf(IEnumerable<InstalledPackage?> packages) =>
    [
        .. packages.OfType<InstalledPackage>().Select(package => $"{package.Name} {package.Version}").Distinct()
            .Order(StringComparer.Ordinal),
    ];

    private static string Summary(PackageCheck check, IReadOnlyList<string> names) =>
        names.Count > 0 ? $"install {string.Join(", ", names)} with {check.Family.Program()}"
        : $"install {string.Join(", ", check.Interrupted)} again with {check.Family.Program()}";

    /// <returns>
    /// Names of packages that an interrupted transaction installed, and a warning for each failed script. rpm's database records neither.
    /// </returns>
    private async Task<(IReadOnlyList<string> Interrupted, IReadOnlyList<string> Warnings)> ReadStateOfEarlierRunsAsync(
        PackageFamily family, CancellationToken cancel)
    {
        var state = InstallationState.Read(root);
        if (family == PackageFamily.Apt || (state.Before is null && state.FailedScripts.Count == 0))
        {
            return ([], []);
        }

        var installed = await _database.AllAsync(cancel);
        var again = family == PackageFamily.Zypper ? "zypper install --force" : $"{family.Program()} reinstall";
        var failures = from failed in state.StillFailed(installed)
                       select $"{failed.Name} is installed, but its own script failed ({failed.Words}); "
                           + $"fix the cause, then run `{again} {failed.Name}`";
        return ([.. state.FindInterrupted(installed).Select(package => package.Name).Distinct(StringComparer.Ordinal)], [.. failures]);
    }
}
