using System.Text.RegularExpressions;

namespace Thpc.NodeAgent.Tests.Architecture;

/// <summary>The rooms of the house: who may import whom, who may touch the machine, how long a file may be.</summary>
public sealed partial class SourceTests
{
    private const string Source = "src/Thpc.NodeAgent";

    private static readonly string[] Pure = ["Errors", "Text"];
    private static readonly string[] Doors = [.. Pure, "Configuration", "Host", "Cos"];
    private static readonly string[] StageRooms = [.. Doors, "Reporting", "Stages/Shared"];
    private static readonly string[] Features = [.. Doors, "Reporting", "Stages", "Bootstrap", "Fleet"];

    // Rooms that a room may import besides those above and below it. docs/development/architecture.md gives the reasons.
    private static readonly Dictionary<string, string[]> MayImport = new()
    {
        [""] = ["Errors", "Host", "Cli"],
        ["Errors"] = ["Text"],
        ["Text"] = ["Errors"],
        ["Configuration"] = Pure,
        ["Host"] = Pure,
        ["Cos"] = [.. Pure, "Configuration", "Host"],
        ["Reporting"] = Pure,
        ["Scaling"] = [.. Pure, "Configuration", "Reporting", "Fleet"],
        ["Stages"] = [.. Pure, "Configuration", "Reporting"],
        ["Stages/Shared"] = Doors,
        ["Stages/Image"] = StageRooms,
        ["Stages/Mount"] = StageRooms,
        ["Stages/Packages"] = StageRooms,
        ["Stages/Script"] = StageRooms,
        ["BootChain"] = [.. Doors, "Reporting"],
        ["Bootstrap"] = [.. Features, "BootChain"],
        ["Fleet"] = Features,
        ["Doctor"] = Features,
        ["Support"] = Features,
        ["Cli"] = [.. Features, "BootChain", "Scaling", "Doctor", "Support"],
    };

    // Each exception has its reason.
    private static readonly Dictionary<string, string[]> AllowedImports = new()
    {
        ["Stages/Pipeline.cs"] = ["Cos", "Host", "Host/Network", "Stages/Mount", "Stages/Packages", "Stages/Script", "Stages/Shared"],
    };

    private static readonly Dictionary<string, string> AllowedDoors = new()
    {
        ["Cli/GlobalOptions.cs > File"] = "reads the configuration before there is a node",
        ["Cli/Terminal/Logging.cs > FileInfo"] = "asks whether its stderr is the journal",
        ["Stages/Packages/PackageDatabase.cs > File"] = "reads the package manager's own files",
        ["Stages/Packages/PackageDatabase.cs > Directory"] = "reads the package manager's own files",
        ["Stages/Packages/PackagesStage.cs > File"] = "looks for the marker",
        ["Stages/Shared/KeptScripts.cs > Directory"] = "makes the directory of the copies",
        ["Stages/Shared/KeptScripts.cs > File"] = "moves a copy into place",
        ["Stages/Shared/ScriptSource.cs > File"] = "reads scripts and signatures of this node",
        ["Stages/Script/ScriptJob.cs > File"] = "the downloaded script and its mode",
        ["Stages/Script/ScriptJob.cs > Directory"] = "makes the home of the script",
        ["Stages/Script/ScriptStartRecord.cs > File"] = "reads the note; Host writes it",
        ["Stages/Script/ScriptMarker.cs > File"] = "reads the marker; Host writes it",
        ["Stages/Script/ScriptStage.cs > File"] = "removes a script's marker before it runs again, and the record of its start "
            + "after it ends",
    };

    public static TheoryData<string> Files => new(RepositoryFiles.Below(Source)
        .Where(file => file.EndsWith(".cs", StringComparison.Ordinal)).Select(file => file[(Source.Length + 1)..])
        .Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_is_in_the_namespace_of_its_room(string file) =>
        Assert.Contains(
            Namespaces(Read(file)),
            name => name is "" || "Thpc.NodeAgent" + (Room(file) is "" ? "" : "." + Room(file).Replace('/', '.')) == name);

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_imports_only_what_its_room_may(string file)
    {
        var room = Room(file);
        var (name, may) = MayImport.Where(entry => IsWithin(room, entry.Key)).MaxBy(entry => entry.Key.Length);
        Assert.True(name is not null && (name.Length > 0 || room.Length == 0), $"{file} is in a room that the table does not have");
        foreach (var import in Imports(Read(file)))
        {
            var allowed = (IsWithin(import, name) && name is not ("" or "Stages"))
                || (room.StartsWith(import + "/", StringComparison.Ordinal) && import.Length > 0)
                || Array.Exists(may, other => IsWithin(import, other))
                || (AllowedImports.TryGetValue(file, out var more) && more.Contains(import));
            Assert.True(allowed, $"{file} may not import {import}");
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Only_Host_touches_files_processes_and_the_network(string file)
    {
        if (IsWithin(Room(file), "Host") || IsWithin(Room(file), "Cos"))
        {
            return;
        }

        foreach (var door in DoorPattern().Matches(Code(Read(file))).Select(match => match.Value.TrimEnd('.')).Distinct())
        {
            Assert.True(AllowedDoors.ContainsKey($"{file} > {door}"), $"{file} uses {door}, which is Host's alone");
        }
    }

    /// <summary>There every text becomes printable.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public void Only_the_folder_Terminal_writes_to_the_console(string file)
    {
        if (!file.StartsWith("Cli/Terminal/", StringComparison.Ordinal))
        {
            Assert.DoesNotMatch(ConsolePattern(), Code(Read(file)));
        }
    }

    /// <summary>Everywhere else an error is a value, <c>Error</c>. Errors itself defines the exception and reads its error.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public void AgentException_is_only_thrown_and_caught(string file)
    {
        if (Room(file) is not "Errors")
        {
            Assert.DoesNotMatch(StoredExceptionPattern(), Code(Read(file)));
        }
    }

    /// <summary>src/portable/unused.xml leaves out HTTP/2 and cookies.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public void Requests_are_HTTP_1_1_without_cookies(string file)
    {
        var code = Code(Read(file));
        Assert.DoesNotMatch(@"\b(HttpVersion|VersionPolicy|DefaultRequestVersion)\b", code);
        Assert.Equal(Regex.Count(code, @"new SocketsHttpHandler\b"), Regex.Count(code, "UseCookies = false"));
    }

    /// <summary>A table is as long as what it lists.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_has_400_lines_at_most(string file) =>
        Assert.InRange(Read(file).TrimEnd('\n').Split('\n').Length, 1, file is "Errors/ErrorCodes.cs" ? 600 : 400);

    private static bool IsWithin(string room, string other) =>
        room == other || room.StartsWith(other + "/", StringComparison.Ordinal) || other.Length == 0;

    private static string Read(string file) => RepositoryFiles.Read($"{Source}/{file}");

    /// <summary>The folders of Cli are for people who look for a command; they are one namespace.</summary>
    private static string Room(string file) =>
        Path.GetDirectoryName(file) is { } room && room.StartsWith("Cli/", StringComparison.Ordinal)
            ? "Cli"
            : Path.GetDirectoryName(file) ?? "";

    private static IEnumerable<string> Imports(string text) =>
        UsingPattern().Matches(text).Select(match => match.Groups[1].Value.Replace('.', '/')).Distinct();

    private static IEnumerable<string> Namespaces(string text) =>
        NamespacePattern().Matches(text).Select(match => match.Groups[1].Value).DefaultIfEmpty("");

    /// <summary>Without comments and the text of strings.</summary>
    private static string Code(string text) => TextPattern().Replace(text, "");

    [GeneratedRegex(@"^using (?:static )?(?:\w+ = )?Thpc\.NodeAgent\.([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex UsingPattern();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespacePattern();

    [GeneratedRegex(@"//.*|""(?:\\.|[^""\\\n])*""")]
    private static partial Regex TextPattern();

    [GeneratedRegex(@"\bConsole\.(?:Write|Out\b|Error\b)")]
    private static partial Regex ConsolePattern();

    [GeneratedRegex(@"^.*(?<!throw new |catch \(|\b(?:is|or) )\bAgentException\b.*$", RegexOptions.Multiline)]
    private static partial Regex StoredExceptionPattern();

    [GeneratedRegex(@"\b(?:Process|File|Directory|FileInfo|DirectoryInfo|FileStream|HttpClient|TcpClient|Socket|Dns)\b(?=\.[A-Z(]|\()")]
    private static partial Regex DoorPattern();
}
