using Thpc.NodeAgent.Config;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>Installs what the node's role needs and it does not have; an image that says it has everything is believed.</summary>
internal sealed class PackagesStage(NodeConfig config, NodeRoot root) : IStage
{
    // Short, so that who is waited for is told on the way, and every manager, new or old, waits alike.
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(5);

    private readonly PackageDatabase _database = new(root);

    public string Name => "packages";

    /// <summary>Set where somebody asks for the installation by hand: then the marker is not believed.</summary>
    public bool IgnoreMarker { get; init; }

    public async Task<StagePlan> PlanAsync(CancellationToken cancel)
    {
        var marker = IgnoreMarker ? new Marker(false, null, null) : Marker.Read(root);
        IReadOnlyList<string> markerWarning = marker.Warning is null ? [] : [marker.Warning];
        if (marker.IsThere)
        {
            const string There = $"{Marker.Path} is there: the image has the packages";
            return marker.Manifest is { } manifest ? await CompareAsync(manifest, There, cancel) : StagePlan.Nothing(There) with { Warnings = markerWarning };
        }

        var check = await CheckAsync(cancel);
        check = check with { Warnings = [.. markerWarning, .. check.Warnings] };
        if (check.Missing.Count == 0)
        {
            return StagePlan.Nothing(check.Items.Count == 0 ? "this node needs no packages" : $"all {check.Items.Count} packages are installed") with { Warnings = check.Warnings };
        }

        var commands = new ManagerCommands(check.Family, root, config.Packages.LockTimeout < LockPatience ? config.Packages.LockTimeout : LockPatience);
        var names = await PackageChoice.MakeAsync(commands, check.Missing, fetch: false, cancel);
        var hasLists = check.Family != PackageFamily.Apt || _database.HasAptLists();
        IReadOnlyList<string>[] details = hasLists ? [commands.Install(names)] : [commands.Update(), commands.Install(names)];
        var step = new Step($"install {string.Join(", ", names)} with {check.Family.Program()}", async (note, token) =>
        {
            var installer = new PackageInstaller(check.Family, commands, config.Packages, hasLists, check.Missing)
            {
                Absence = check.Absence,
            };
            var units = new BootUnits(root);
            string words;
            try
            {
                words = await installer.InstallAsync(note, token);
            }
            finally
            {
                // Of ten packages nine may be there.
                await units.StartNewAsync(note, token);
            }

            GuardComplete(await CheckAsync(token), words);
        })
        {
            Details = [.. details.Select(command => string.Join(' ', command))],
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

        var absence = NisClient.Absence(system, [.. items.Where(item => item.Installed is null).Select(item => item.Need)]);
        return new PackageCheck(system.ToString(), family, items, absence is null ? plan.Warnings : [.. plan.Warnings, absence.Message])
        {
            Absence = absence,
            Obstacles = TurboClient.IsNeeded(config) ? TurboClient.Obstacles(root) : [],
        };
    }

    /// <summary>What `image prep` writes into the marker. Changes nothing.</summary>
    /// <exception cref="AgentException">PACKAGES_FAILED: the package database cannot be read.</exception>
    public async Task<Manifest> ManifestAsync(string agentVersion, DateTimeOffset now, CancellationToken cancel)
    {
        var system = _database.System();
        var kernel = Kernels.Newest(root) ?? Kernels.Running(root);
        var manifest = new Manifest
        {
            AgentVersion = agentVersion,
            CreatedAt = now,
            OsId = system.Id,
            OsVersion = system.VersionId,
            KernelRelease = kernel,
            LustreClient = kernel is not null && LustreClient.Objection(root, kernel) is null,
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
    private async Task<StagePlan> CompareAsync(Manifest manifest, string reason, CancellationToken cancel)
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

        var kernel = Kernels.Running(root);
        var comparison = ImageComparison.Of(manifest, config.Cluster, needs, TurboClient.IsNeeded(config), new NodeNow(
            system,
            kernel,
            manifest.LustreClient && kernel is not null ? LustreClient.Objection(root) : null,
            installed,
            manifest.Packages.Where(package => package.Witness is not null).DistinctBy(package => package.Name).ToDictionary(package => package.Name, package => _database.Has(package.Witness!), StringComparer.Ordinal)));
        return new StagePlan(
            comparison.Refusal is { } refusal ? [Step.Refused("compare the packages with those of the image's manifest", refusal, [], [])] : [],
            reason)
        {
            Warnings = [.. warnings, .. comparison.Warnings],
        };
    }

    private PackageFamily? Family(OsRelease system) => PackageFamilies.Choose(system, name => Programs.Find(root, name) is not null);

    /// <summary>yum installs what it finds and says nothing of the rest in its exit code.</summary>
    private static void GuardComplete(PackageCheck check, string words)
    {
        if (check.Missing.Count > 0)
        {
            throw new AgentException(
                ErrorCode.PackagesMissing,
                $"{check.Family.Program()} says that it succeeded, but {string.Join(", ", check.Missing.Select(need => need.Name))} {(check.Missing.Count == 1 ? "is" : "are")} not installed: {ManagerWords.Last(words)}",
                new("Add the repository that has what is named above to the image, or install it there by hand.", "请在镜像中添加包含上述软件包的软件源，或在镜像中手动安装。"));
        }
    }
}
