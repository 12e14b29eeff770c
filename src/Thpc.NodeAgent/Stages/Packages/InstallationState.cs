using System.Text.Json;
using System.Text.Json.Serialization;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>
/// The state of rpm installations for later runs, in /var/lib/thpc-node-agent/packages.json. rpm marks a package as installed before its
/// %post runs, so its database shows neither interrupted nor failed scripts.
/// </summary>
internal sealed record InstallationState
{
    /// <summary>Ids of the packages installed before a transaction began; null after it ended.</summary>
    public IReadOnlyList<string>? Before { get; init; }

    /// <summary>Packages whose own script failed.</summary>
    public IReadOnlyList<FailedScript> FailedScripts { get; init; } = [];

    /// <returns>An empty state if the file is missing or damaged.</returns>
    public static InstallationState Read(NodeRoot root)
    {
        try
        {
            var state = StateFiles.ReadPackages(root) is { } text
                ? JsonSerializer.Deserialize(text, InstallationStateContext.Default.InstallationState)
                : null;
            return state is null ? new() : state with { FailedScripts = [.. (state.FailedScripts ?? []).OfType<FailedScript>()] };
        }
        catch (JsonException)
        {
            return new();
        }
    }

    /// <exception cref="AgentException">NO_SPACE.</exception>
    public void Write(NodeRoot root) =>
        StateFiles.WritePackages(
            root, Before is null && FailedScripts.Count == 0
                ? null
                : JsonSerializer.SerializeToUtf8Bytes(this, InstallationStateContext.Default.InstallationState));

    /// <returns>Packages that an interrupted transaction installed; empty if none was interrupted.</returns>
    public IReadOnlyList<RpmPackage> FindInterrupted(IReadOnlyList<RpmPackage> installed)
    {
        var before = Before?.ToHashSet(StringComparer.Ordinal);
        return before is null ? [] : [.. installed.Where(package => package.Name != "gpg-pubkey" && !before.Contains(package.Id))];
    }

    /// <returns>Failed scripts of packages that have since been neither removed nor reinstalled.</returns>
    public IReadOnlyList<FailedScript> StillFailed(IReadOnlyList<RpmPackage> installed) =>
        [.. FailedScripts.Where(failed => installed.Any(package => package.Id == failed.Id))];
}

/// <param name="Id">The installed package's <see cref="RpmPackage.Id"/>.</param>
/// <param name="Name">The package name without version.</param>
/// <param name="Words">rpm's message, such as "%post scriptlet failed, exit status 3".</param>
internal sealed record FailedScript(string Id, string Name, string Words);

/// <param name="FullName">Name, epoch, version, release and architecture, as rpm writes them.</param>
/// <param name="InstalledAt">Seconds since 1970; changes when the package is reinstalled.</param>
/// <param name="Instance">The number in rpm's database; changes even within the same second, but also after `rpm --rebuilddb`.</param>
internal sealed record RpmPackage(string Name, string FullName, string InstalledAt, string Instance)
{
    /// <summary>Identifies this installation of the package for later runs.</summary>
    public string Id => $"{FullName} {InstalledAt}";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(InstallationState))]
internal sealed partial class InstallationStateContext : JsonSerializerContext;
