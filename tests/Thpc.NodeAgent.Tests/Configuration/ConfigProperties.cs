using System.Text;
using CsCheck;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Configuration.Sections;
using Thpc.NodeAgent.Configuration.Toml;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Stages.Mount.Drivers;
using Thpc.NodeAgent.Stages.Mount.Fstab;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Tests.Configuration;

public sealed class ConfigProperties
{
    // Mostly characters that are special to fstab, mount, TOML or a terminal.
    private static readonly Gen<char> OddChar = Gen.Frequency(
        (6, Gen.Char["abcxyz0189./:@=_-,"]),
        (4, Gen.Char[" \t\n\r\\,#\"'$%*?[]{}\0\u001B\u007F\u0085\u00A0é数\u2028\uFFFD"]),
        (1, Gen.Char['\uD800', '\uDFFF']),
        (1, Gen.Char));

    private static readonly Gen<string> OddText = Gen.Frequency(
        (8, Gen.String[OddChar, 0, 12]),
        (1, Gen.String[OddChar, 3990, 4010]),
        (1, Gen.String[Gen.Char["ab/ \\"], 3990, 4010]));

    // Unusual but valid names of directories.
    private static readonly Gen<string> Name = Gen.String[Gen.Char["ab \\#,-=:'\"é数\u00A0"], 1, 12];

    private static readonly Gen<(string Local, string Remote, string Option, string Protocol)> Values = Gen.Select(
        Gen.OneOf(OddText, OddText.Select(text => "/data/" + text), Name.Select(text => "/" + text)),
        Gen.OneOf(OddText.Select(text => "172.30.3.90:/" + text), OddText, Name.Select(text => "172.30.3.90:/" + text)),
        Gen.OneOf(
            OddText, OddText.Select(text => "hard," + text), Pick("", "hard,soft"),
            Pick("", "hard", "x-thpc.cluster=hpc-00000000", "nofail,_netdev", "vers=4.1", "retry=5,soft")),
        Pick("NFS 3.0", "NFS 4.0", "TURBO"));

    private static readonly Gen<string> GoosePath = Gen.OneOf(
        OddText.Select(text => "/g/" + text), Gen.String[Gen.Char["ab./+:@=_-"], 1, 8].Select(text => "/" + text),
        Pick("/", "/goosefs", "/goosefsx/x_proxy"), OddText);

    private static readonly Gen<string[]> Masters = Gen.OneOf(
        Gen.OneOf(OddText, OddText.Select(text => "h" + text + ":9200"), OddText.Select(text => "h:" + text)).Array[1, 2],
        Pick("h:9200", "[fe80::1]:9200", "h:9200, i:9200", ",j:9200").Array[1, 3]);

    private static readonly Gen<StorageFlags> Flags = Gen.OneOf(
        Values.Select(value =>
            new StorageFlags { LocalPath = value.Local, RemotePath = value.Remote, MountOption = value.Option, Protocol = value.Protocol }),
        Gen.Select(
            GoosePath, GoosePath, Masters,
            (local, remote, masters) => new StorageFlags { LocalPath = local, RemotePath = remote, Masters = masters }));

    [Fact]
    public void Any_mount_settings_are_refused_or_become_exactly_one_fstab_line()
    {
        var taken = 0;
        Values.Sample(
            value =>
            {
                // Built as nodes, not parsed from text, so that values that TOML cannot hold are tested too.
                var cfs = Node(
                    ("local_path", value.Local),
                    ("remote_path",
                        value.Protocol == "TURBO" ? value.Remote.Replace(":/", "@tcp0:/", StringComparison.Ordinal) : value.Remote),
                        ("mount_option", value.Option), ("protocol", value.Protocol));
                var findings = new ConfigNotices("test");
                var root = Node();
                root.AsTable!["cfs"] = new ConfigNode(new List<ConfigNode> { cfs }, "test:1");
                var storage = StorageReader.Read(new TableReader(root, "", findings)).Select(entry => entry.Storage).OfType<CfsStorage>()
                    .SingleOrDefault();
                if (findings.Diagnostics.Count > 0)
                {
                    Assert.All(findings.Diagnostics, diagnostic => Assert.DoesNotContain(diagnostic.ToString(), char.IsControl));
                    return;
                }

                Interlocked.Increment(ref taken);
                IsExactlyOneLine(Assert.IsType<CfsStorage>(storage));
            },
            iter: 5000);
        Assert.True(taken > 100, $"only {taken} were taken");
    }

    [Fact]
    public void Any_flags_are_refused_or_taken_unchanged()
    {
        int cfs = 0, goose = 0;
        Flags.Sample(
            flags =>
            {
                try
                {
                    var storage =
                        Assert.Single(Configs.Load(Configs.Cluster, null, new ConfigOverrides { Storage = flags.ToNode() }).Added);
                    Interlocked.Increment(ref storage is CfsStorage ? ref cfs : ref goose);
                    IsTakenAsItIs(storage, flags);
                }
                catch (AgentException e)
                {
                    Assert.Equal("CONFIG_INVALID", e.Code.Name);
                    Assert.All(
                        e.Message.Split('\n'),
                        line => Assert.Matches("^flag --[a-z-]+: (cfs|goosefsx?)\\[1\\]\\.[a-z_]+: [^\u0000-\u001F\u007F-\u009F]+$", line));
                }
            },
            iter: 5000);
        Assert.True(cfs > 100 && goose > 100, $"only {cfs} and {goose} were taken");
    }

    [Fact]
    public void Random_configuration_is_read_or_gives_diagnostics() =>
        Gen.Select(Gen.OneOf(Bytes, Pieces(TomlPieces)), Gen.OneOf(Bytes, Pieces(JsonPieces)), Gen.Bool).Sample(
            (toml, json, whole) =>
            {
                try
                {
                    _ = whole ? Configs.LoadJson(json) : Configs.Load(toml);
                }
                catch (AgentException e)
                {
                    Assert.Equal("CONFIG_INVALID", e.Code.Name);
                    Assert.NotEmpty(e.Message);
                    Assert.All(e.Message.Split('\n'), line => Assert.Matches("^(/etc/thpc/|environment |flag ).+: .|^  ", line));
                }
            },
            iter: 5000);

    [Fact]
    public void Random_text_is_edited_or_refused() =>
        Gen.Select(Gen.OneOf(Bytes, Pieces(TomlPieces)), Pick("", "\n[[cfs]]\nlocal_path = \"/data\"\n")).Sample(
            (text, table) =>
            {
                try
                {
                    StorageToml.Remove(text + table, Configs.File, "/data");
                }
                catch (AgentException e)
                {
                    Assert.Equal("CONFIG_INVALID", e.Code.Name);
                }
            },
            iter: 5000);

    private static readonly Gen<string> Bytes = Gen.Byte.Array[0, 200].Select(Encoding.UTF8.GetString);

    private static readonly string[] TomlPieces =
    [
        "[cluster]\n", "[[cfs]]\n", "[cfs]\n", "[mount]\n", "[storage]\n", "[[init_script]]\n", "id", "node_role", "local_path", "timeout",
        "masters", "script_path", "option_file", " = ", "=", ".", ",",
        "\"hpc-8hje8h12\"", "\"COMPUTE\"", "\"/data\"", "\"\\n\"", "'", "\"", "\"\"\"", "30", "-1", "1e400", "nan", "1979-05-27", "true",
        "[", "]", "{", "}", "\n", "\r\n", "#", "\0", "\uD800", "\uFEFF", "é", "\\",
    ];

    private static readonly string[] JsonPieces =
    [
        "{", "}", "[", "]", ":", ",", "\"CFSOptions\"", "\"GooseFSxOptions\"", "\"CosOptions\"", "\"InitNodeScripts\"", "\"FileSystemId\"",
        "\"ScriptPath\"", "\"RemotePath\"", "\"ClusterId\"", "\"LocalPath\"", "\"Masters\"", "\"StorageOption\"", "\"Response\"",
        "\"Error\"", "\"/data\"", "\"\\ud800\"", "\"\\n\"",
        "null", "true", "1", "1e999", "-0", "\n", "/*", "*/", "//", "\"", "\\", "\0", "é",
    ];

    private static Gen<string> Pick(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(index => texts[index]);

    private static Gen<string> Pieces(string[] pieces) => Pick(pieces).Array[0, 40].Select(string.Concat);

    private static ConfigNode Node(params (string Key, string Value)[] values)
    {
        var node = ConfigNode.Table("test:1");
        foreach (var (key, value) in values)
        {
            node.AsTable![key] = new ConfigNode(value, "test:1");
        }

        return node;
    }

    private static void IsTakenAsItIs(Storage storage, StorageFlags flags)
    {
        Assert.Equal(flags.LocalPath!.TrimEnd('/'), storage.LocalPath);
        Assert.StartsWith("/", storage.LocalPath, StringComparison.Ordinal);
        Assert.Equal(Path.GetFullPath(storage.LocalPath), storage.LocalPath);
        Assert.DoesNotContain(storage.Source, char.IsControl);
        switch (storage)
        {
            case CfsStorage cfs:
                var options = flags.MountOption!.Split(',', StringSplitOptions.RemoveEmptyEntries);
                Assert.Equal(options, cfs.MountOption?.Split(',') ?? []);
                Assert.All(options, option => Assert.Matches("^[^\\s\\p{C}-][^\\s\\p{C}]*\\z", option));
                Assert.DoesNotContain(options, option => option.StartsWith("x-thpc.", StringComparison.OrdinalIgnoreCase));
                Assert.Matches("^[^\\s\\p{C},-][^\\s\\p{C}]*\\z", cfs.Server);
                Assert.True(
                    !cfs.Server.Contains(',', StringComparison.Ordinal) || cfs.Server.Contains('@', StringComparison.Ordinal), cfs.Server);
                break;
            case GooseFsStorage goose:
                Assert.Equal(
                    flags.Masters.SelectMany(text => text.Split(',')).Select(text => text.Trim()).Where(text => text.Length > 0),
                    goose.Masters);
                Assert.All(goose.Masters, master => Assert.Matches("^[^\\s\\p{C},-][^\\s\\p{C},]*:[0-9]+\\z", master));
                Assert.All((string[])[goose.LocalPath, goose.RemotePath], path => Assert.Matches("^/[A-Za-z0-9._/+:@=-]*\\z", path));
                break;
        }
    }

    private static void IsExactlyOneLine(CfsStorage storage)
    {
        const string Cluster = "hpc-8hje8h12";
        var entry = CfsMount.ToFstabEntry(storage, Cluster);
        var text = FstabDocument.Parse("# before\n").With(entry).Text;
        Assert.Equal(2, text.Count(c => c == '\n'));
        var line = FstabDocument.Parse(text).Lines[1];
        Assert.Equal(new FstabEntry(storage.Source, storage.LocalPath, entry.Type, entry.Options), line.Entry);
        Assert.Equal(6, line.Raw.Split([' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal([storage.LocalPath], FstabDocument.Parse(text).At(storage.LocalPath).Select(found => found.Entry!.MountPoint));
        Assert.Single(entry.Options.Split(','), option => option.StartsWith("x-thpc.", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(Cluster, line.Entry!.Cluster);
        Assert.All(
            (string[])[storage.Source, storage.LocalPath, CfsMount.MountOptions(storage), entry.Options],
            argument => Assert.False(argument.StartsWith('-')));
        Assert.Equal(storage.LocalPath, OctalEscape.FromBytes(OctalEscape.ToBytes(storage.LocalPath)));
    }
}
