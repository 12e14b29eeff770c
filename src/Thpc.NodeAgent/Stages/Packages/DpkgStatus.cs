using System.Text;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>
/// Reads dpkg's status database directly. This needs no program (the image may be of another architecture), no root, and about one
/// millisecond: most of the file is searched as bytes and never becomes strings.
/// </summary>
internal sealed class DpkgStatus(IReadOnlySet<string> wanted)
{
    // Key: "name:architecture". An entry of dpkg's journal replaces the entry of the status file.
    private readonly Dictionary<string, Stanza> _found = new(StringComparer.Ordinal);
    private bool _hasPackage;
    private bool _hasZero;
    private readonly byte[][] _wanted = [.. wanted.Select(Encoding.UTF8.GetBytes)];

    /// <summary>Whether the input can be a complete status file. After a power cut the file may be empty or contain zero bytes.</summary>
    public bool IsWhole => _hasPackage && !_hasZero;

    /// <summary>Installed packages by each wanted name that they have or provide.</summary>
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

    /// <summary>Reads the status file. Then call it for each file of the journal (/var/lib/dpkg/updates), in order.</summary>
    public void Add(Stream file)
    {
        // Reads in chunks: touching new memory costs more than reading.
        var buffer = new byte[64 * 1024];
        for (var held = 0; ;)
        {
            var read = file.Read(buffer, held, buffer.Length - held);
            var text = buffer.AsSpan(0, held + read);
            var last = text.LastIndexOf("\n\n"u8);
            var whole = read == 0 ? text.Length : last < 0 ? 0 : last + 2;
            Add(text[..whole]);
            text[whole..].CopyTo(buffer);
            if (read == 0)
            {
                return;
            }

            held = text.Length - whole;
            if (held == buffer.Length)
            {
                Array.Resize(ref buffer, 2 * buffer.Length);
            }
        }
    }

    /// <summary>Parses complete stanzas.</summary>
    public void Add(ReadOnlySpan<byte> text)
    {
        _hasPackage |= text.StartsWith("Package: "u8) || text.IndexOf("\nPackage: "u8) >= 0;
        _hasZero |= text.Contains((byte)0);
        while (!text.IsEmpty)
        {
            var end = text.IndexOf("\n\n"u8);
            var stanza = end < 0 ? text : text[..end];
            text = end < 0 ? [] : text[(end + 2)..];
            if (!MayMatter(Find(stanza, "\nPackage: "u8), Find(stanza, "\nProvides: "u8)))
            {
                continue;
            }

            var name = Value(stanza, "\nPackage: "u8);

            // "mail-transport-agent, libfoo (= 1.2)"
            string[] provides = [.. Value(stanza, "\nProvides: "u8).Split(',', StringSplitOptions.TrimEntries)
                .Select(entry => entry.Split(' ', ':', '(')[0])];
            if (wanted.Contains(name) || Array.Exists(provides, wanted.Contains))
            {
                // Configured. Pending triggers of other packages do not change that.
                var isInstalled =
                    Value(stanza, "\nStatus: "u8).Split(' ') is [_, "ok", "installed" or "triggers-awaited" or "triggers-pending"];
                var architecture = Value(stanza, "\nArchitecture: "u8);
                _found[$"{name}:{architecture}"] = new Stanza(name, Value(stanza, "\nVersion: "u8), provides, isInstalled);
            }
        }
    }

    /// <summary>A cheap byte search that avoids creating strings for most stanzas.</summary>
    private bool MayMatter(ReadOnlySpan<byte> name, ReadOnlySpan<byte> provides)
    {
        foreach (var one in _wanted)
        {
            if (name.IndexOf(one) >= 0 || provides.IndexOf(one) >= 0)
            {
                return true;
            }
        }

        return false;
    }

    private static string Value(ReadOnlySpan<byte> stanza, ReadOnlySpan<byte> field) => Encoding.UTF8.GetString(Find(stanza, field)).Trim();

    /// <param name="field">Includes the preceding line feed.</param>
    /// <returns>The value, or empty if the stanza has no such field.</returns>
    private static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> stanza, ReadOnlySpan<byte> field)
    {
        var start =
            stanza.StartsWith(field[1..]) ? field.Length - 1 : stanza.IndexOf(field) is >= 0 and var at ? at + field.Length : stanza.Length;
        var rest = stanza[start..];
        var end = rest.IndexOf((byte)'\n');
        return end < 0 ? rest : rest[..end];
    }

    private sealed record Stanza(string Name, string Version, IReadOnlyList<string> Provides, bool IsInstalled);
}
