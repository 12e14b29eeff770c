using System.Globalization;
using System.Text.RegularExpressions;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Configuration.Api;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Scaling;

/// <param name="FromName">Whether the size was derived from the type's name, not given.</param>
internal sealed record InstanceSize(int Cpus, decimal MemoryGb, bool FromName = false);

/// <summary>CPUs and memory of instance types, which the scaling API does not return.</summary>
internal sealed partial class InstanceSizes
{
    private const int MaxCpus = 100_000;

    private readonly Dictionary<string, InstanceSize> _given = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Returns the given size, or the size in a regular name; null if neither is known.</summary>
    public InstanceSize? Find(string type) => _given.GetValueOrDefault(type) ?? FromName(type);

    /// <summary>Adds one type from `TYPE=CPUS,GB`. The first size of a type wins.</summary>
    public void Add(string flag, ICollection<ConfigDiagnostic> diagnostics)
    {
        if (FlagPattern().Match(flag) is { Success: true } match
            && int.TryParse(match.Groups[2].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var cpus)
            && cpus is > 0 and <= MaxCpus
            && MemorySize.Parse(match.Groups[3].Value) is { } memory)
        {
            _given.TryAdd(match.Groups[1].Value, new InstanceSize(cpus, memory));
        }
        else
        {
            diagnostics.Add(new ConfigDiagnostic("flag --type", Messages.NotSize(TerminalText.Quoted(flag))));
        }
    }

    /// <summary>
    /// Adds all types of a response of CVM's DescribeInstanceTypeConfigs or DescribeZoneInstanceConfigInfos (2017-03-12), whole or only its
    /// list. The two spell CPU differently.
    /// </summary>
    public void AddAnswer(string text, string file, ICollection<ConfigDiagnostic> diagnostics)
    {
        if (JsonText.Parse(text, file, diagnostics) is not { } root || ApiResponse.Open(root, diagnostics) is not { } answer)
        {
            return;
        }

        var (path, from) = ReferenceEquals(answer, root) ? ("", root) : (ApiResponse.Wrapper, answer);
        var fields = new JsonFields(from, path, diagnostics);
        string[] lists = ["InstanceTypeConfigSet", "InstanceTypeQuotaSet"];
        if (!lists.Any(fields.Has))
        {
            diagnostics.Add(new ConfigDiagnostic(answer.Origin, Messages.NoTypes));
        }

        foreach (var type in lists.SelectMany(fields.Objects))
        {
            var name = type.RequiredText("InstanceType", "S5.2XLARGE16");
            var cpus = type.Integer(type.Has("Cpu") ? "Cpu" : "CPU", 0, 1, MaxCpus, "CPUs");
            var memory = type.Integer("Memory", 0, 1, MemorySize.MaxGb, "GB");
            if (name is not null && cpus > 0 && memory > 0)
            {
                _given.TryAdd(name, new InstanceSize(cpus, memory));
            }
        }
    }

    /// <summary>
    /// Derives the size from a name. The families S, SA, C, M and MA follow a rule: SMALL has 1 CPU, MEDIUM 2, LARGE 4, nXLARGE 4n; then
    /// comes the memory in GB. Other families break the rule (GN8.LARGE56 has 6 CPUs), so their names are ignored.
    /// </summary>
    private static InstanceSize? FromName(string type)
    {
        var match = NamePattern().Match(type);
        if (!match.Success)
        {
            return null;
        }

        var cpus = match.Groups[1].Value switch
        {
            "SMALL" => 1,
            "MEDIUM" => 2,
            "LARGE" => 4,
            _ => 4 * int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture),
        };
        return new InstanceSize(cpus, int.Parse(match.Groups[3].ValueSpan, CultureInfo.InvariantCulture), FromName: true);
    }

    [GeneratedRegex(@"^\s*([^=\s]+)\s*=\s*([0-9]+)\s*,\s*(\S+)\s*\z")]
    private static partial Regex FlagPattern();

    [GeneratedRegex(@"^(?:SA?|C|MA?)[0-9]{1,2}\.(SMALL|MEDIUM|LARGE|([1-9][0-9]{0,2})XLARGE)([1-9][0-9]{0,4})\z")]
    private static partial Regex NamePattern();
}
