using System.Text.RegularExpressions;

namespace Thpc.NodeAgent.Tests.Architecture;

/// <summary>The rooms of the house: who may import whom, who may touch the machine, how long a file may be.</summary>
public sealed partial class SourceTests
{
    private static readonly string[] Stages = ["Image", "Mount", "Packages", "Script"];

    // Each exception has its reason.
    private static readonly Dictionary<string, string> AllowedImports = new()
    {
        ["Host/Cos/CosCredentials.cs > Config"] = "takes the configuration's value that says which credentials are to be used",
    };

    private static readonly Dictionary<string, string> AllowedDoors = new()
    {
        ["Cli/Globals.cs > File"] = "reads the configuration before there is a node",
        ["Cli/Logging.cs > FileInfo"] = "asks whether its stderr is the journal",
        ["Stages/Packages/PackageDatabase.cs > File"] = "reads the package manager's own files",
        ["Stages/Packages/PackageDatabase.cs > Directory"] = "reads the package manager's own files",
        ["Stages/Packages/PackagesStage.cs > File"] = "looks for the marker",
        ["Stages/Script/ScriptJob.cs > File"] = "the downloaded script and its mode",
        ["Stages/Script/ScriptJob.cs > Directory"] = "makes the home of the script",
        ["Stages/Script/ScriptStartRecord.cs > File"] = "reads the note; writing goes through Host",
        ["Stages/Script/ScriptMarker.cs > File"] = "reads the marker; writing goes through Host",
        ["Stages/Script/ScriptStage.cs > File"] = "takes a script's marker away before it runs again, and the note that it was begun once it has ended",
    };

    public static TheoryData<string> Files => new(Directory.EnumerateFiles(Source, "*.cs", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(Source, path)).Where(path => !path.StartsWith("obj/", StringComparison.Ordinal) && !path.StartsWith("bin/", StringComparison.Ordinal)).Order(StringComparer.Ordinal));

    private static string Source { get; } = FindSource(AppContext.BaseDirectory);

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_is_in_the_namespace_of_its_room(string file) =>
        Assert.Contains(Namespaces(Read(file)), name => name is "" || "Thpc.NodeAgent" + (Room(file) is "" ? "" : "." + Room(file).Replace('/', '.')) == name);

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_imports_only_what_its_room_may(string file)
    {
        var room = Room(file);
        foreach (var import in Imports(Read(file)).Where(import => !import.Equals(room, StringComparison.Ordinal)))
        {
            Assert.True(MayImport(file, room, import) || AllowedImports.ContainsKey($"{file} > {import}"), $"{file} may not import {import}");
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Only_Host_touches_files_processes_and_the_network(string file)
    {
        if (Room(file) is "Host" or "Host/Cos" or "Host/Mounts" or "Host/Signatures" or "Host/Tls")
        {
            return;
        }

        foreach (var door in DoorPattern().Matches(Code(Read(file))).Select(match => match.Value.TrimEnd('.')).Distinct())
        {
            Assert.True(AllowedDoors.ContainsKey($"{file} > {door}"), $"{file} uses {door}, which is Host's alone");
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_has_250_lines_at_most(string file) => Assert.InRange(File.ReadLines(Path.Combine(Source, file)).Count(), 1, 250);

    [Fact]
    public void The_median_file_has_fewer_than_80_lines()
    {
        int[] lines = [.. Files.Select(file => File.ReadLines(Path.Combine(Source, file.Data)).Count()).Order()];
        Assert.True(lines[lines.Length / 2] < 80, $"the median is {lines[lines.Length / 2]}");
    }

    private static string FindSource(string below) =>
        File.Exists(Path.Combine(below, "Thpc.NodeAgent.sln")) ? Path.Combine(below, "src/Thpc.NodeAgent") : FindSource(Path.GetDirectoryName(below) ?? throw new DirectoryNotFoundException("the tests are not below the repository"));

    private static bool MayImport(string file, string room, string import) => room switch
    {
        "" or "Cli" => true,
        "Host/Cos" when import == "Host/Tls" => true,
        "Config" or "Reporting" or "Reporting/Fleet" or "Host" or "Host/Cos" or "Host/Mounts" or "Host/Signatures" or "Host/Tls" => room.StartsWith(import + "/", StringComparison.Ordinal) || import.StartsWith(room + "/", StringComparison.Ordinal),
        "Doctor" or "Bootstrap" => import != "Cli",
        "Scaling" => import == "Config",
        "Stages" when file == "Stages/Pipeline.cs" => import != "Cli",
        "Stages" => import is "Config" or "Reporting",
        _ => import is "Config" or "Stages" || import.Split('/')[0] == "Host",
    };

    private static string Read(string file) => File.ReadAllText(Path.Combine(Source, file));

    private static string Room(string file) => Path.GetDirectoryName(file) ?? "";

    /// <summary>The rooms that a file names: by using, and by names that are written out in its code.</summary>
    private static IEnumerable<string> Imports(string text) => UsingPattern().Matches(text).Select(match => match.Groups[1].Value.Replace('.', '/'))
        .Concat(Stages.Where(stage => Regex.IsMatch(Code(text), $@"\bStages\.{stage}\.")).Select(stage => $"Stages/{stage}")).Distinct();

    private static IEnumerable<string> Namespaces(string text) => NamespacePattern().Matches(text).Select(match => match.Groups[1].Value).DefaultIfEmpty("");

    /// <summary>Without comments and the text of strings.</summary>
    private static string Code(string text) => TextPattern().Replace(text, "");

    [GeneratedRegex(@"^using (?:static )?(?:\w+ = )?Thpc\.NodeAgent\.([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex UsingPattern();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespacePattern();

    [GeneratedRegex(@"//.*|""(?:\\.|[^""\\\n])*""")]
    private static partial Regex TextPattern();

    [GeneratedRegex(@"\b(?:Process|File|Directory|FileInfo|DirectoryInfo|FileStream|HttpClient|TcpClient|Socket|Dns)\b(?=\.[A-Z(]|\()")]
    private static partial Regex DoorPattern();
}
