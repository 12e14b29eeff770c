using System.Text.Json;
using System.Text.Json.Serialization;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>
/// What an installation by rpm leaves for later runs, in /var/lib/thpc-node-agent/packages.json. rpm counts a package as installed before
/// its %post has run, so neither that a script was cut short nor that it failed can be read from its database.
/// </summary>
internal sealed record InstallationState
{
    /// <summary>What was installed before a transaction began; null once it has come to its end.</summary>
    public IReadOnlyList<string>? Before { get; init; }

    /// <summary>Packages whose own script failed.</summary>
    public IReadOnlyList<FailedScript> FailedScripts { get; init; } = [];

    /// <returns>An empty one where there is none, or it is damaged.</returns>
    public static InstallationState Read(NodeRoot root)
    {
        try
        {
            var state = StateFiles.ReadPackages(root) is { } text ? JsonSerializer.Deserialize(text, InstallationStateContext.Default.InstallationState) : null;
            return state is null ? new() : state with { FailedScripts = [.. (state.FailedScripts ?? []).OfType<FailedScript>()] };
        }
        catch (JsonException)
        {
            return new();
        }
    }

    /// <exception cref="AgentException">NO_SPACE.</exception>
    public void Write(NodeRoot root) =>
        StateFiles.WritePackages(root, Before is null && FailedScripts.Count == 0 ? null : JsonSerializer.SerializeToUtf8Bytes(this, InstallationStateContext.Default.InstallationState));

    /// <returns>What has come in since the transaction began that was cut short; nothing where none was.</returns>
    public IReadOnlyList<RpmPackage> CutShort(IReadOnlyList<RpmPackage> installed)
    {
        var before = Before?.ToHashSet(StringComparer.Ordinal);
        return before is null ? [] : [.. installed.Where(package => package.Name != "gpg-pubkey" && !before.Contains(package.Id))];
    }

    /// <returns>Those that are still as the failure left them: neither removed nor installed again.</returns>
    public IReadOnlyList<FailedScript> StillFailed(IReadOnlyList<RpmPackage> installed) =>
        [.. FailedScripts.Where(failed => installed.Any(package => package.Id == failed.Id))];
}

/// <param name="Id">The installed package's <see cref="RpmPackage.Id"/>.</param>
/// <param name="Name">Without its version.</param>
/// <param name="Words">Such as "%post scriptlet failed, exit status 3".</param>
internal sealed record FailedScript(string Id, string Name, string Words);

/// <param name="FullName">Name, epoch, version, release and architecture, as rpm writes them.</param>
/// <param name="InstalledAt">Seconds since 1970; another number after the same package was installed again.</param>
/// <param name="Instance">Its number in the database: another one even within the same second, but also after `rpm --rebuilddb`.</param>
internal sealed record RpmPackage(string Name, string FullName, string InstalledAt, string Instance)
{
    /// <summary>Of this installation of this package, for later runs.</summary>
    public string Id => $"{FullName} {InstalledAt}";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(InstallationState))]
internal sealed partial class InstallationStateContext : JsonSerializerContext;
