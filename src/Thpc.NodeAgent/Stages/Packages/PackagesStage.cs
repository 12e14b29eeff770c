using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Host.Units;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>Installs what the node's role needs and it does not have; an image that says it has everything is believed.</summary>
/// <param name="isForeign">Whether the node is a stranger's tree, of which nothing may be executed.</param>
internal sealed class PackagesStage(NodeConfig config, NodeRoot root, bool isForeign = false) : IStage
{
    // Of what a plan asks the manager: the installation asks again, and with more patience.
    private static readonly TimeSpan QueryLimit = TimeSpan.FromSeconds(20);

    private readonly PackageDatabase _database = new(root, isForeign);

    public string Name => "packages";

    /// <summary>Set where somebody asks for the installation by hand: then the marker is not believed.</summary>
    public bool IgnoreMarker { get; init; }

    public async Task<StagePlan> PlanAsync(CancellationToken cancel)
    {
        var marker = IgnoreMarker ? new PreinstalledMarker(false, null, null) : PreinstalledMarker.Read(root);
        IReadOnlyList<string> markerWarning = marker.Warning is null ? [] : [marker.Warning];
        if (marker.IsThere)
        {
            const string There = $"{NodePaths.Marker} is there: the image has the packages";
            return marker.Manifest is { } manifest ? await CompareAsync(manifest, There, cancel) : StagePlan.Nothing(There) with { Warnings = markerWarning };
        }

        var check = await CheckAsync(cancel);
        check = check with { Warnings = [.. markerWarning, .. check.Warnings] };
        if (check.Missing.Count == 0 && check.CutShort.Count == 0)
        {
            return StagePlan.Nothing(check.Items.Count == 0 ? "this node needs no packages" : $"all {check.Items.Count} packages are installed") with { Warnings = check.Warnings };
        }

        var commands = new ManagerCommands(check.Family, root);
        var names = await PackageChoice.MakeAsync(
            commands, check.Missing, fetch: false, command => ProgramRunner.RunAsync(command, QueryLimit, cancel, commands.Environment()));
        var hasLists = check.Family != PackageFamily.Apt || _database.HasAptLists();
        IReadOnlyList<string>[] details =
        [
            .. check.CutShort.Count > 0 ? (IReadOnlyList<string>[])[commands.Reinstall(check.CutShort)] : [],
            .. hasLists ? (IReadOnlyList<string>[])[] : [commands.Update()],
            .. names.Count > 0 ? (IReadOnlyList<string>[])[commands.Install(names)] : [],
        ];
        var transaction = new PackageTransaction(check.Family, commands, root, _database);
        var installer = new PackageInstaller(check.Family, commands, root, config.Packages, _database, transaction, CheckAsync) { HasLists = hasLists };
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
                // Of ten packages nine may be there.
                await units.StartNewAsync(note, token);
            }

            warnings.AddRange(installer.Warnings.Concat((await CheckAsync(token)).Warnings).Except(check.Warnings));
        })
        {
            Details = [.. details.Select(command => string.Join(' ', command))],
            Warnings = () => warnings,
        };
        var present = check.Items.Count - check.Missing.Count;
        return new StagePlan([step], present > 0 ? $"{present} of {check.Items.Count} packages are installed" : null) { Warnings = check.Warnings };
    }

    /// <summary>What this node needs, what of it is there and what is missing, whether or not the marker is there. Changes nothing.</summary>
    /// <exception cref="AgentException">PACKAGES_FAILED: the system or its package database cannot be read.</exception>
    public async Task<PackageCheck> CheckAsync(CancellationToken cancel)
    {
        var system = _database.System();
        if (Family(system) is not { } family)
        {
            throw new AgentException(
                ErrorCode.PackagesFailed,
                $"which package manager this system has is not known: /etc/os-release names {system}, and none of apt-get, dnf, yum, zypper is there",
                new("Install the packages in the image and `touch /root/thpc_preinstalled.json` there: the stage is skipped then.", "请在镜像中安装软件包并执行 `touch /root/thpc_preinstalled.json`，之后会跳过该阶段。"));
        }

        var plan = PackagePlan.For(config, family);
        var installed = await _database.InstalledAsync(family, plan.Needs, [], cancel);
        IReadOnlyList<PackageState> items = [.. plan.Needs.Select(need => new PackageState(need, Find(need)))];
        InstalledPackage? Find(PackageNeed need) =>
            need.Names.Select(name => installed.GetValueOrDefault(name)).FirstOrDefault(found => found is not null);

        IReadOnlyList<PackageNeed> missing = [.. items.Where(item => item.Installed is null).Select(item => item.Need)];
        var absence = NisClient.Absence(system, missing);
        var (cutShort, failedScripts) = await LeftByEarlierRunsAsync(family, cancel);
        return new PackageCheck(system.ToString(), family, items, [.. plan.Warnings, .. absence is null ? [] : (string[])[absence.Message], .. failedScripts])
        {
            Absence = absence,
            AbsentNeeds = NisClient.AbsentNeeds(system, missing),
            CutShort = cutShort,
            Obstacles = TurboClient.IsNeeded(config) ? TurboClient.Obstacles(root) : [],
        };
    }

    /// <summary>What `image prep` writes into the marker. Changes nothing.</summary>
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

        // Of a system whose manager is not known all the rest is worth telling.
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

    /// <summary>Compares the image with what it was when it was captured. Reads files, runs nothing, installs nothing.</summary>
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

        var kernel = KernelVersions.Running(root);
        var comparison = ImageComparison.Compare(manifest, config.Cluster, needs, TurboClient.IsNeeded(config), new NodeSnapshot(
            system,
            kernel,
            manifest.LustreClient && kernel is not null ? LustreClient.Validate(root) : null,
            installed,
            manifest.Packages.Where(package => package.Witness is not null).DistinctBy(package => package.Name).ToDictionary(package => package.Name, package => _database.Has(package.Witness!), StringComparer.Ordinal)));
        return new StagePlan(
            comparison.Refusal is { } refusal ? [Step.Refused("compare the packages with those of the image's manifest", refusal, [], [])] : [],
            reason)
        {
            Warnings = [.. warnings, .. comparison.Warnings],
        };
    }

    private PackageFamily? Family(OsRelease system) => PackageFamilies.Choose(system, name => ProgramFinder.Find(root, name) is not null);

    private static string Summary(PackageCheck check, IReadOnlyList<string> names) =>
        names.Count > 0 ? $"install {string.Join(", ", names)} with {check.Family.Program()}"
        : $"install {string.Join(", ", check.CutShort)} again with {check.Family.Program()}";

    /// <returns>Names of what came in with an installation that was cut short, and a warning for each script that failed; rpm's database has neither.</returns>
    private async Task<(IReadOnlyList<string> CutShort, IReadOnlyList<string> Warnings)> LeftByEarlierRunsAsync(PackageFamily family, CancellationToken cancel)
    {
        var state = InstallationState.Read(root);
        if (family == PackageFamily.Apt || (state.Before is null && state.FailedScripts.Count == 0))
        {
            return ([], []);
        }

        var installed = await _database.AllAsync(cancel);
        var again = family == PackageFamily.Zypper ? "zypper install --force" : $"{family.Program()} reinstall";
        return (
            [.. state.CutShort(installed).Select(package => package.Name).Distinct(StringComparer.Ordinal)],
            [.. state.StillFailed(installed).Select(failed => $"{failed.Name} is installed, but its own script failed ({failed.Words}); once the cause is mended, `{again} {failed.Name}` runs it again")]);
    }
}
