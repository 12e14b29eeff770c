using CsCheck;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Host.Units;

namespace Thpc.NodeAgent.SystemTests.Host.Units;

/// <summary>systemd-escape(1) is the oracle.</summary>
public sealed class UnitNameTests
{
    [Fact]
    public async Task Unit_name_equals_that_of_systemd_escape()
    {
        Needs.Program("systemd-escape");
        string[] paths = ["/data", "/data/sub", "/.hidden/.x", "/a b", "/a-b/c_d:e.f", "/数/é", "/goosefsx/x_c60_54oi5id3_proxy", "/a\\b"];
        var generated = Gen.Char["abz09-_.:/ \\é"].Array[1, 12].Array[50].Single().Select(letters => "/" + new string(letters))
            .Where(path =>
                !path.Contains("//", StringComparison.Ordinal) && !path.EndsWith('/') && !path.Split('/').Any(part => part is "." or ".."));
        foreach (var path in paths.Concat(generated))
        {
            var escaped = await ProgramRunner.RunAsync(
                ["systemd-escape", "--path", "--", path], TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
            Assert.Equal((path, escaped.Output.TrimEnd('\n')), (path, UnitName.Escape(path)));
        }
    }
}
