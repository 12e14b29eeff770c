using CsCheck;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Stages.Mount.Drivers;

namespace Thpc.NodeAgent.Tests.Stages.Mount.Drivers;

public sealed class GooseFsUnitTests
{
    private const string Fuse = "/usr/local/goosefs/integration/fuse/bin/goosefs-fuse";

    // All characters that the configuration accepts.
    private static readonly Gen<string> Paths = Gen.Char["abcXYZ019._+:@=-"].Array[1, 12].Select(chars => new string(chars))
        .Where(name => name is not ("." or "..")).Array[1, 4].Select(parts => "/" + string.Join('/', parts));

    [Fact]
    public void Written_unit_is_parsed_back() =>
        Gen.Select(Paths, Paths, Gen.Bool).Sample((local, remote, known) =>
        {
            var unit = new GooseFsUnit(
                new GooseFsStorage(local, remote, ["10.0.0.1:9200", "10.0.0.2:9200"]), Fuse, "hpc-8hje8h12", known ? "0123456789ab" : null);
            Assert.Equal(unit, GooseFsUnit.Parse(unit.Text));
        });

    [Fact]
    public void Paths_cannot_add_lines_or_arguments() =>
        Gen.Select(Paths, Paths).Sample((local, remote) =>
        {
            var plain = new GooseFsUnit(new GooseFsStorage("/g", "/", ["h:9200"]), Fuse, "hpc-8hje8h12", null).Text;
            var text = new GooseFsUnit(new GooseFsStorage(local, remote, ["h:9200"]), Fuse, "hpc-8hje8h12", null).Text;
            Assert.Equal(plain.Split('\n').Select(Key), text.Split('\n').Select(Key));
            Assert.Contains($"\nExecStart={Fuse} mount {local} {remote}\n", text, StringComparison.Ordinal);
        });

    [Theory]
    [InlineData("")]
    [InlineData("[Unit]\nDescription=GooseFS\n[Service]\nExecStart=/bin/true\n")]
    [InlineData("[Service]\nExecStart=/bin/true mount /g /\n[X-Thpc]\nLocalPath=/g\n")]
    [InlineData("[X-Thpc]\nLocalPath=/g\nRemotePath=/\nMasters=h:9200\nCluster=hpc-8hje8h12\n")]
    public void Foreign_units_are_not_parsed(string text) => Assert.Null(GooseFsUnit.Parse(text));

    private static string Key(string line) => line.StartsWith('#') ? "#" : line.Split('=')[0];
}
