using Thpc.NodeAgent.Host.Units;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Mounts;

/// <summary>
/// What cannot be mounted once some mounts are gone. A path lies on the mount point that is the longest of those at or above it; where
/// several lines share that one, all of them must be gone.
/// </summary>
/// <remarks>Arrays of what .NET has anyway: each further type in a generic collection is hundreds of bytes of the executable.</remarks>
internal sealed class MountDependencies
{
    private const int None = -1;

    private readonly BootMountEntry?[] _lines;
    private readonly bool[] _goes;
    private readonly string[] _targets;
    private readonly Dictionary<string, int> _last = new(StringComparer.Ordinal);

    // The line before with the same mount point.
    private readonly int[] _before;

    private MountDependencies(BootMountEntry?[] lines, bool[] goes, Func<string, string> lead)
    {
        _lines = lines;
        _goes = goes;
        _targets = new string[lines.Length];
        _before = new int[lines.Length];
        StandsOn = new string?[lines.Length];
        var required = new IReadOnlyList<string>[lines.Length];
        var anything = false;
        for (var i = 0; i < lines.Length; i++)
        {
            required[i] = lines[i]?.Requires() ?? [];
            anything |= required[i].Count > 0;
        }

        // To follow links costs time, and says nothing where nothing stands on anything.
        anything &= Array.IndexOf(goes, true) >= 0;
        for (var i = 0; i < lines.Length; i++)
        {
            _targets[i] = lines[i] is not { Target: ['/', ..] target } ? "" : anything ? lead(target) : target;
            if (_targets[i].Length > 0)
            {
                _before[i] = _last.GetValueOrDefault(_targets[i], None);
                _last[_targets[i]] = i;
            }
        }

        if (anything)
        {
            Spread(required, lead);
        }
    }

    /// <summary>For each line, in their order, the mount point that it stands on and that is gone; null where there is none.</summary>
    public string?[] StandsOn { get; }

    /// <param name="lines">Null for what mounts nothing, such as a comment.</param>
    /// <param name="goes">Of each, whether it is taken out.</param>
    /// <param name="lead">Where a path leads, its links followed.</param>
    public static MountDependencies Find(BootMountEntry?[] lines, bool[] goes, Func<string, string> lead) => new(lines, goes, lead);

    /// <returns>The mount point that the line's own mount point lies in and that is gone; null where it is gone itself, or there is none.</returns>
    public string? LiesIn(int line) =>
        !IsGone(line) && _targets[line].Length > 1 && Over(TreePath.Parent(_targets[line]), line) is { } over && IsGone(over, line) ? over : null;

    /// <summary>Whether something was mounted there, and all of it is gone.</summary>
    public bool IsGone(string target) => _last.ContainsKey(target) && IsGone(target, None);

    private bool IsGone(int line) => _goes[line] || StandsOn[line] is not null;

    /// <param name="except">A line that does not count.</param>
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

    private void Spread(IReadOnlyList<string>[] required, Func<string, string> lead)
    {
        for (var i = 0; i < required.Length; i++)
        {
            required[i] = _lines[i] is { Target: not "/", IsCloudInits: false } && !_goes[i]
                ? [.. required[i].Select(path => path.StartsWith('/') ? lead(path) : OfUnit(path)).OfType<string>()] : [];
        }

        for (var again = true; again;)
        {
            again = false;
            for (var i = 0; i < required.Length; i++)
            {
                if (StandsOn[i] is null)
                {
                    StandsOn[i] = required[i].Select(path => Over(path, i)).FirstOrDefault(over => over is not null && IsGone(over, i));
                    again |= StandsOn[i] is not null;
                }
            }
        }
    }

    /// <summary>The longest mount point that covers the path, that of the line aside where no other has the same.</summary>
    private string? Over(string path, int line)
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

    /// <summary>The mount point whose unit this is: "data.mount".</summary>
    private string? OfUnit(string name) =>
        _last.Keys.FirstOrDefault(target => target.Length > 1 && name == UnitName.Escape(OctalEscape.FromBytes(target)) + ".mount");
}
