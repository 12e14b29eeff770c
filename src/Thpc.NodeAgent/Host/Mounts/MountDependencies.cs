using Thpc.NodeAgent.Host.Units;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Mounts;

/// <summary>
/// Finds the mounts that fail once some other mounts are removed. A path lies on the longest mount point at or above it; if several
/// lines have that mount point, the path is lost only when all of them are removed.
/// </summary>
/// <remarks>
/// It uses arrays: each new type in a generic collection adds hundreds of bytes to the executable.
/// </remarks>
internal sealed class MountDependencies
{
    private const int None = -1;

    private readonly BootMountEntry?[] _lines;
    private readonly bool[] _removed;
    private readonly string[] _targets;
    private readonly Dictionary<string, int> _last = new(StringComparer.Ordinal);

    // The previous line with the same mount point.
    private readonly int[] _before;

    private MountDependencies(BootMountEntry?[] lines, bool[] removed, Func<string, string> resolve)
    {
        _lines = lines;
        _removed = removed;
        _targets = new string[lines.Length];
        _before = new int[lines.Length];
        RemovedDependency = new string?[lines.Length];
        var required = new IReadOnlyList<string>[lines.Length];
        var anything = false;
        for (var i = 0; i < lines.Length; i++)
        {
            required[i] = lines[i]?.Requires() ?? [];
            anything |= required[i].Count > 0;
        }

        // Resolving links takes time and is needed only if some line requires a path.
        anything &= Array.IndexOf(removed, true) >= 0;
        for (var i = 0; i < lines.Length; i++)
        {
            _targets[i] = lines[i] is not { Target: ['/', ..] target } ? "" : anything ? resolve(target) : target;
            if (_targets[i].Length > 0)
            {
                _before[i] = _last.GetValueOrDefault(_targets[i], None);
                _last[_targets[i]] = i;
            }
        }

        if (anything)
        {
            Propagate(required, resolve);
        }
    }

    /// <summary>For each line, the removed mount point that it requires; null if there is none.</summary>
    public string?[] RemovedDependency { get; }

    /// <param name="lines">Null for lines that are not mounts, such as comments.</param>
    /// <param name="removed">Whether each line is removed.</param>
    /// <param name="resolve">Resolves the links of a path.</param>
    public static MountDependencies Find(BootMountEntry?[] lines, bool[] removed, Func<string, string> resolve) =>
        new(lines, removed, resolve);

    /// <returns>The removed mount point above the line's own mount point; null if there is none, or the line itself is removed.</returns>
    public string? RemovedParent(int line) =>
        !IsGone(line) && _targets[line].Length > 1 && FindCovering(TreePath.Parent(_targets[line]), line) is { } over && IsGone(over, line)
            ? over
            : null;

    /// <summary>Whether all mounts on this mount point are removed or fail.</summary>
    public bool IsGone(string target) => _last.ContainsKey(target) && IsGone(target, None);

    private bool IsGone(int line) => _removed[line] || RemovedDependency[line] is not null;

    /// <param name="except">A line to ignore.</param>
    private bool IsGone(string target, int except)
    {
        for (var i = _last[target]; i != None; i = _before[i])
        {
            if (i != except && !IsGone(i))
            {
                return false;
            }
        }

        return true;
    }

    private void Propagate(IReadOnlyList<string>[] required, Func<string, string> resolve)
    {
        for (var i = 0; i < required.Length; i++)
        {
            required[i] = _lines[i] is { Target: not "/", IsFromCloudInit: false } && !_removed[i]
                ? [.. required[i].Select(path => path.StartsWith('/') ? resolve(path) : OfUnit(path)).OfType<string>()] : [];
        }

        for (var again = true; again;)
        {
            again = false;
            for (var i = 0; i < required.Length; i++)
            {
                if (RemovedDependency[i] is null)
                {
                    RemovedDependency[i] =
                        required[i].Select(path => FindCovering(path, i)).FirstOrDefault(over => over is not null && IsGone(over, i));
                    again |= RemovedDependency[i] is not null;
                }
            }
        }
    }

    /// <summary>The longest mount point at or above the path, not counting the line itself.</summary>
    private string? FindCovering(string path, int line)
    {
        for (var at = path; ; at = TreePath.Parent(at))
        {
            if (_last.TryGetValue(at, out var last) && (last != line || _before[last] != None))
            {
                return at;
            }

            if (at.Length <= 1)
            {
                return null;
            }
        }
    }

    /// <summary>The mount point of a mount unit such as "data.mount"; null if no line has it.</summary>
    private string? OfUnit(string name) =>
        _last.Keys.FirstOrDefault(target => target.Length > 1 && name == UnitName.Escape(OctalEscape.FromBytes(target)) + ".mount");
}
