using System.Text.RegularExpressions;

namespace Thpc.NodeAgent.Configuration;

/// <summary>Mount options of CFS, compared by meaning.</summary>
internal static partial class CfsOptions
{
    private const string Minor = "minorversion=0";

    // Options that the agent's fstab lines have in addition: defaults of NFS, and options that only systemd reads.
    private static readonly HashSet<string> ImpliedByNfs =
        new(StringComparer.Ordinal) { "hard", "timeo=600", "retrans=2", "_netdev", "defaults" };
    private static readonly HashSet<string> ImpliedByTurbo = new(StringComparer.Ordinal) { "_netdev", "defaults" };

    /// <summary>The default of MountOption in the API's documentation.</summary>
    public static string Default(CfsProtocol protocol) => protocol switch
    {
        CfsProtocol.Nfs3 => "vers=3,nolock,proto=tcp,noresvport",
        CfsProtocol.Nfs4 => "vers=4.0,noresvport",
        _ => "user_xattr",
    };

    /// <summary>Returns the user's own options. API responses write the protocol's default in different spellings.</summary>
    /// <returns>Null for the default in any spelling; otherwise the same options, without empty ones between commas.</returns>
    public static string? Own(CfsProtocol protocol, string options)
    {
        var words = Split(options);
        return words.Length == 0 || Meaning(protocol, words).SetEquals(Meaning(protocol, Split(Default(protocol))))
            ? null
            : string.Join(',', words);
    }

    public static string[] Split(string options) => options.Split(',', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Returns the NFS version that an option names, such as "3" or "4.0"; null if it names none.</summary>
    public static string? Version(string word) =>
        VersionPattern().Match(word) is { Success: true } match ? match.Groups["version"].Value : null;

    private static HashSet<string> Meaning(CfsProtocol protocol, string[] words)
    {
        var implied = protocol == CfsProtocol.Turbo ? ImpliedByTurbo : ImpliedByNfs;
        return words.Where(word => !implied.Contains(word) && !IsVersion(protocol, word, words))
            .Select(word => word == "tcp" ? "proto=tcp" : word)
            .ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>
    /// Whether the word names the version that the protocol implies. `vers=4` alone does not: mount.nfs would try version 4.2 first.
    /// </summary>
    private static bool IsVersion(CfsProtocol protocol, string word, string[] words) =>
        (protocol == CfsProtocol.Nfs4 && word == Minor)
        || (Version(word) is { } version && protocol switch
        {
            CfsProtocol.Nfs3 => version == "3",
            CfsProtocol.Nfs4 => version == "4.0" || (version == "4" && words.Contains(Minor)),
            _ => false,
        });

    [GeneratedRegex(@"^(?:(?:nfs)?vers=|v)(?<version>[0-9.]+)\z")]
    private static partial Regex VersionPattern();
}
