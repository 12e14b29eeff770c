using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Native;

namespace Thpc.NodeAgent.Host.Processes;

/// <summary>What of its environment this process believes, and what leaves it.</summary>
internal static class CurrentProcess
{
    private const int SetDumpable = 4;

    // By each of them a library comes into this process, or an authority that it then believes.
    private static readonly string[] Places = ["OPENSSL_CONF", "OPENSSL_MODULES", "OPENSSL_ENGINES", "SSL_CERT_FILE", "SSL_CERT_DIR"];

    // .NET can write the keys of its connections there.
    private const string KeyLog = "SSLKEYLOGFILE";

    /// <summary>
    /// No core of this process has keys in it, wherever cores go; and what OpenSSL would believe is root's, or is not looked at.
    /// Children are as free as ever.
    /// </summary>
    /// <returns>A sentence for each variable that is passed over.</returns>
    public static IReadOnlyList<string> Secure(IReadOnlyDictionary<string, string> environment)
    {
        // Of an ordinary user's process /proc would take its own files away from it, and it knows no keys.
        if (NativeMethods.EffectiveUserId() == 0)
        {
            _ = NativeMethods.Prctl(SetDumpable, 0);
        }

        _ = NativeMethods.Unset(KeyLog);
        List<string> passedOver = [];
        foreach (var name in Places.Where(environment.ContainsKey))
        {
            var problem = environment[name].Split(':', StringSplitOptions.RemoveEmptyEntries).Select(place => PathTrust.Validate(Path.GetFullPath(place))).FirstOrDefault(problem => problem is not null);
            if (problem is not null)
            {
                _ = NativeMethods.Unset(name);
                Environment.SetEnvironmentVariable(name, null); // .NET keeps a copy
                passedOver.Add($"{name} is passed over: {problem}");
            }
        }

        return passedOver;
    }
}
