namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>
/// Reads dpkg's status database. Reading it directly needs no program (an image of another architecture will do), no root,
/// and a few milliseconds.
/// </summary>
internal sealed class DpkgStatus(IReadOnlySet<string> wanted)
{
    // By name and architecture: what dpkg's journal says later takes the place of what the status file said.
    private readonly Dictionary<(string Name, string Architecture), Stanza> _found = [];

    /// <summary>Packages by the names that were wanted, their own or provided ones.</summary>
    public IReadOnlyDictionary<string, InstalledPackage> Installed
    {
        get
        {
            var installed = new Dictionary<string, InstalledPackage>(StringComparer.Ordinal);
            foreach (var stanza in _found.Values.Where(stanza => stanza.IsInstalled))
            {
                var package = new InstalledPackage(stanza.Name, stanza.Version);
                foreach (var name in stanza.Provides.Where(wanted.Contains))
                {
                    installed.TryAdd(name, package);
                }

                if (wanted.Contains(stanza.Name))
                {
                    installed[stanza.Name] = package;
                }
            }

            return installed;
        }
    }

    /// <summary>Takes in the status file, then each file of the journal (/var/lib/dpkg/updates), in order.</summary>
    public void Add(IEnumerable<string> lines)
    {
        var stanza = new Stanza();
        foreach (var line in lines)
        {
            if (line.Length == 0)
            {
                Keep(stanza);
                stanza = new Stanza();
            }
            else
            {
                stanza.Add(line);
            }
        }

        Keep(stanza);
    }

    private void Keep(Stanza stanza)
    {
        if (wanted.Contains(stanza.Name) || stanza.Provides.Any(wanted.Contains))
        {
            _found[(stanza.Name, stanza.Architecture)] = stanza;
        }
    }

    private sealed class Stanza
    {
        public string Name { get; private set; } = "";

        public string Architecture { get; private set; } = "";

        public string Version { get; private set; } = "";

        public IReadOnlyList<string> Provides { get; private set; } = [];

        /// <summary>Configured; that some other package's triggers wait does not make it less so.</summary>
        public bool IsInstalled { get; private set; }

        public void Add(string line)
        {
            if (Value(line, "Package: ") is { } name)
            {
                Name = name;
            }
            else if (Value(line, "Architecture: ") is { } architecture)
            {
                Architecture = architecture;
            }
            else if (Value(line, "Version: ") is { } version)
            {
                Version = version;
            }
            else if (Value(line, "Status: ") is { } status)
            {
                IsInstalled = status.Split(' ') is [_, "ok", "installed" or "triggers-awaited" or "triggers-pending"];
            }
            else if (Value(line, "Provides: ") is { } provides)
            {
                // "mail-transport-agent, libfoo (= 1.2)"
                Provides = [.. provides.Split(',', StringSplitOptions.TrimEntries).Select(entry => entry.Split(' ', ':', '(')[0])];
            }
        }

        private static string? Value(string line, string field) => line.StartsWith(field, StringComparison.Ordinal) ? line[field.Length..].Trim() : null;
    }
}
