using System.Globalization;
using System.Text.RegularExpressions;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.SystemTests.Faults;

/// <summary>The output of one run of the agent.</summary>
/// <param name="Report">The report on disk after the run; another run may have written it.</param>
internal sealed record HostRun(int ExitCode, TimeSpan Length, string Output, string Errors, Report? Report)
{
    /// <summary>The first error on standard error; null where there is none.</summary>
    public string? Code => HostMachine.Error().Match(Errors) is { Success: true } match ? match.Groups["code"].Value : null;
}

/// <summary>
/// A machine of its own for a row (mounts, processes, network), on which faults/host.sh makes nodes; and what that wrote down of them. All
/// of it has ended when it is there.
/// </summary>
internal sealed partial class HostMachine : IDisposable
{
    /// <summary>Makes a node that has been bootstrapped and then got further storage.</summary>
    public const string Grown = "fresh grown; agent storage add >/dev/null 2>&1";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private static readonly Lazy<string> Kit = new(MakeKit);
    private readonly string _out = Directory.CreateTempSubdirectory("thpc-host-").FullName;

    private HostMachine(string words) => Words = words;

    /// <summary>What the row itself printed.</summary>
    public string Words { get; private set; }

    /// <param name="script">Bash, with the functions of host.sh.</param>
    public static async Task<HostMachine> RunAsync(string script)
    {
        Needs.RootUser();
        Needs.Program("clang");
        var machine = new HostMachine("");
        var here = Path.Combine(Repository.Root, "tests/Thpc.NodeAgent.SystemTests/Faults");
        var run = await ProgramRunner.RunAsync(
            ["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", "--mount-proc", "bash", "-c", $". {here}/host.sh\n{script}",
                "bash"],
            Limit,
            TestContext.Current.CancellationToken,
            new Dictionary<string, string>
            {
                ["PATH"] = ProgramFinder.SearchPath,
                ["LC_ALL"] = "C.UTF-8",
                ["out"] = machine._out,
                ["kit"] = Kit.Value,
                ["executable"] = Agent.Executable,
                ["repository"] = Repository.Root,
            });
        Assert.False(run.TimedOut, run.Output);
        machine.Words = run.Output;
        return machine;
    }

    public IReadOnlyList<string> Runs() =>
        [.. Directory.EnumerateFiles(_out, "*.end").Select(file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal)];

    public HostRun Ended(string name)
    {
        Assert.True(File.Exists(Out(name, "end")), $"{name} has not run: {Words}");
        var end = File.ReadAllText(Out(name, "end")).Split(' ');
        return new HostRun(
            int.Parse(end[0], CultureInfo.InvariantCulture),
            TimeSpan.FromMilliseconds(int.Parse(end[1], CultureInfo.InvariantCulture)),
            File.ReadAllText(Out(name, "output")),
            File.ReadAllText(Out(name, "errors")),
            File.Exists(Out(name, "report")) ? ReportJson.Read(File.ReadAllBytes(Out(name, "report"))) : null);
    }

    /// <summary>
    /// Kind, mode, owner and content of each file of the node, what is mounted on it, and the script's beginnings and ends.
    /// </summary>
    public SortedDictionary<string, string> State(string name) => new(
        File.ReadLines(Out(name, "state")).Select(line => line.Split('|', 2)).GroupBy(part => part[0])
            .ToDictionary(group => group.Key, group => string.Join(' ', group.Select(part => part[1]).Order(StringComparer.Ordinal))),
        StringComparer.Ordinal);

    /// <summary>The call and the path that a fault struck.</summary>
    public string Struck(string name) => File.Exists(Out(name, "first")) ? File.ReadAllText(Out(name, "first")).Trim() : "";

    public void Dispose() => Directory.Delete(_out, recursive: true);

    /// <summary>The error code in a log line, or in the last line of a command.</summary>
    [GeneratedRegex(@"^([0-9:.]+ error .*?|thpc-node-agent): (?<code>[A-Z][A-Z_]+): ",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    public static partial Regex Error();

    private string Out(string name, string kind) => Path.Combine(_out, $"{name}.{kind}");

    private static string MakeKit()
    {
        var kit = Directory.CreateTempSubdirectory("thpc-host-kit-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(kit, recursive: true);
        string[] library = ["-shared", "-fPIC"];
        Compile("tests/kill/mounts.c", "mounts.so", library);
        Compile("tests/kill/strike.c", "strike", []);
        Compile("tests/Thpc.NodeAgent.SystemTests/Faults/full.c", "full.so", library);
        Compile("tests/Thpc.NodeAgent.SystemTests/Faults/clock.c", "clock.so", library);
        return kit;

        void Compile(string source, string target, string[] options)
        {
            using var process = System.Diagnostics.Process.Start(
                "clang", ["-O1", "-Wall", "-Wextra", "-Werror", .. options, "-o", Path.Combine(kit, target),
                    Path.Combine(Repository.Root, source)]);
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
        }
    }
}
