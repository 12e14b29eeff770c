using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Native;

namespace Thpc.NodeAgent.Host.Processes;

/// <summary>Protects this process from its environment, and its secrets from core dumps.</summary>
internal static class CurrentProcess
{
    private const int SetDumpable = 4;

    // Each of them makes OpenSSL load a library or trust a certificate authority.
    private static readonly string[] PathVariables =
        ["OPENSSL_CONF", "OPENSSL_MODULES", "OPENSSL_ENGINES", "SSL_CERT_FILE", "SSL_CERT_DIR"];

    // .NET would write the TLS keys of its connections to this file.
    private const string KeyLog = "SSLKEYLOGFILE";

    /// <summary>
    /// Disables core dumps of this process, because they would contain keys, and removes variables that make OpenSSL trust a path which
    /// users other than root can change. Children may dump core.
    /// </summary>
    /// <returns>A sentence for each removed variable.</returns>
    public static IReadOnlyList<string> Secure(IReadOnlyDictionary<string, string> environment)
    {
        // Only for root: an ordinary user's process could not read its own files in /proc any more, and has no keys.
        if (NativeMethods.EffectiveUserId() == 0)
        {
            _ = NativeMethods.Prctl(SetDumpable, 0);
        }

        _ = NativeMethods.Unset(KeyLog);
        List<string> ignored = [];
        foreach (var name in PathVariables.Where(environment.ContainsKey))
        {
            var problem = environment[name].Split(':', StringSplitOptions.RemoveEmptyEntries)
                .Select(path => PathTrust.Validate(Path.GetFullPath(path))).FirstOrDefault(problem => problem is not null);
            if (problem is not null)
            {
                _ = NativeMethods.Unset(name);
                Environment.SetEnvironmentVariable(name, null); // .NET keeps a copy
                ignored.Add($"environment variable {name} is ignored: {problem}");
            }
        }

        return ignored;
    }
}
