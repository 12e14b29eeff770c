using System.Diagnostics;
using CsCheck;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Stages.Mount.Drivers;

namespace Thpc.NodeAgent.SystemTests.Stages.Mount.Drivers;

public sealed class GooseFsUnitTests
{
    // All characters that the configuration accepts.
    private static readonly Gen<string> Paths = Gen.Char["abcXYZ019._+:@=-"].Array[1, 12].Select(chars => new string(chars))
        .Where(name => name is not ("." or "..")).Array[1, 4].Select(parts => "/" + string.Join('/', parts));

    [Fact]
    public void Name_matches_systemd_escape() =>
        Paths.Where(path => !path.Contains("/.", StringComparison.Ordinal)).Array[30].Sample(
            paths =>
            {
                Needs.Program("systemd-escape");
                Assert.Equal(
                    Run("systemd-escape", ["--path", "--", .. paths]).Trim().Split(' '),
                    paths.Select(path => GooseFsUnit.NameFor(path)[GooseFsUnit.Prefix.Length..^".service".Length]));
            },
            iter: 20);

    [Fact]
    public void Unit_passes_systemd_analyze()
    {
        Needs.Program("systemd-analyze");
        var directory = Directory.CreateTempSubdirectory("thpc-unit-").FullName;
        var unit = new GooseFsUnit(new GooseFsStorage("/goosefs", "/", ["10.0.0.1:9200"]), "/bin/true", "hpc-8hje8h12", "0123456789ab");
        var file = Path.Combine(directory, unit.Name);
        File.WriteAllText(file, unit.Text);
        Assert.Equal("", Run("systemd-analyze", ["verify", "--man=no", file]));
        Directory.Delete(directory, recursive: true);
    }

    private static string Run(string program, string[] arguments)
    {
        using var process =
            Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output + (process.ExitCode == 0 ? "" : errors.GetAwaiter().GetResult());
    }
}
