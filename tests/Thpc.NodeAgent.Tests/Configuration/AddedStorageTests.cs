using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Configuration.Api;
using Thpc.NodeAgent.Configuration.Toml;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Tests.Configuration;

/// <summary>Storage from flags or a JSON file, added to that of the configuration.</summary>
public sealed class AddedStorageTests
{
    private const string Data = "[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"172.30.3.90:/\"\n";
    private const string Goose = "[[goosefs]]\nlocal_path = \"/goose\"\nmasters = [\"h:9200\"]\n";
    private const string Goosex = "[[goosefsx]]\nlocal_path = \"/goosefsx/a_proxy\"\nmasters = [\"h:55533\"]\n";

    [Fact]
    public void Adding_nothing_changes_nothing()
    {
        var loaded = Configs.Load(Configs.Cluster + Data);
        Assert.Empty(loaded.Added);
        Assert.Empty(loaded.New);
        Assert.Single(loaded.Config.Storage);
        Assert.Null(new StorageFlags().ToNode());
    }

    [Fact]
    public void Flags_add_one_storage_after_those_of_the_file()
    {
        var loaded = Add(
            Data, new StorageFlags
            {
                LocalPath = "/scratch/",
                RemotePath = "172.30.2.180@tcp0:/4fe1839b/cfs",
                Protocol = "turbo",
                StorageType = "TP",
                MountOption = "flock",
                FileSystemId = "cfs-1a2b3c",
            });
        Storage expected = new CfsStorage("/scratch", "172.30.2.180@tcp0", "/4fe1839b/cfs", CfsProtocol.Turbo, "flock");
        Assert.Equal(["/data", "/scratch"], loaded.Config.Storage.Select(storage => storage.LocalPath));
        Assert.Equal([expected], loaded.Added);
        Assert.Equal([expected], loaded.New);
        Assert.Equal(expected, loaded.Config.Storage[1]);
    }

    [Fact]
    public void Masters_select_the_kind_and_may_be_comma_separated()
    {
        Assert.Equal(
            [new GooseFsStorage("/goose", "/x", ["h:9200", "i:9200", "j:9200"])],
            Add("", new StorageFlags { LocalPath = "/goose", RemotePath = "/x", Masters = ["h:9200, i:9200", "j:9200"] }).Added);
        Assert.Equal(
            [new GooseFsxStorage("/goosefsx/x_proxy", ["h:55533"])],
            Add("", new StorageFlags { LocalPath = "/goosefsx/x_proxy/", Masters = ["h:55533"] }).Added);
    }

    [Theory]
    [InlineData("/a", "h:/", null, "", "cfs")]
    [InlineData("/a", "h:/", "cfs-1a2b3c", "", "cfs")]
    [InlineData("/a", null, "cfs-1a2b3c", "", "cfs")]
    [InlineData("/a", "/x", "g_cvm_7yu01w7y", "", "goosefs")]
    [InlineData("/a", null, "x-c60-fc9373xp", "", "goosefsx")]
    [InlineData("/a", "/x", null, "h:9200", "goosefs")]
    [InlineData("/a", "/x", "x-c60-fc9373xp", "h:9200", "goosefs")]
    [InlineData(null, null, "x-c60-fc9373xp", "h:55533", "goosefsx")]
    [InlineData("/goosefsx/a_proxy", null, null, "", "goosefsx")]
    [InlineData("/goosefsx/a_proxy", null, null, "h:55533", "goosefsx")]
    [InlineData("/goosefsx/a_proxy", "h:/", null, "", "cfs")]
    [InlineData("/goosefsx2", "/", null, "h:9200", "goosefs")]
    public void Masters_path_and_id_select_the_section(string? local, string? remote, string? id, string masters, string section) =>
        Assert.Equal(
            [section],
            new StorageFlags
            {
                LocalPath = local,
                RemotePath = remote,
                FileSystemId = id,
                Masters = masters.Length > 0 ? [masters] : [],
            }.ToNode()!.AsTable!.Keys);

    [Fact]
    public void Diagnostic_names_each_invalid_flag()
    {
        var diagnostics = Diagnostics(
            "", new StorageFlags
            {
                LocalPath = "data",
                RemotePath = "nowhere",
                Protocol = "NFS 5",
                StorageType = "X",
                MountOption = "a b",
            });
        Assert.Equal(
            ["flag --local-path: cfs[1].local_path", "flag --mount-option: cfs[1].mount_option", "flag --protocol: cfs[1].protocol",
                "flag --remote-path: cfs[1].remote_path", "flag --storage-type: cfs[1].storage_type"],
            diagnostics.Select(diagnostic => string.Join(": ", diagnostic.Split(": ")[..2])).Order(StringComparer.Ordinal));
        Assert.StartsWith(
            "flag --masters: goosefs[1].masters: \"h\" is not a master",
            Assert.Single(Diagnostics("", new StorageFlags { LocalPath = "/g", Masters = ["h"] })),
            StringComparison.Ordinal);
        Assert.StartsWith(
            "flag --masters: goosefs[1].masters: is missing",
            Assert.Single(Diagnostics("", new StorageFlags { LocalPath = "/g", Masters = [","] })), StringComparison.Ordinal);
        Assert.StartsWith(
            "flag --local-path: cfs[1].local_path: is missing", Assert.Single(Diagnostics("", new StorageFlags { RemotePath = "h:/" })),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Configured_storage_is_added_but_not_new()
    {
        var loaded = Add(Data + Goose + Goosex, Node("""
            { "CFSOptions": [{ "LocalPath": "/data/", "RemotePath": "172.30.3.90:/", "Protocol": "NFS 3.0" },
                              { "LocalPath": "/new", "RemotePath": "h:/" }],
              "GooseFSOptions": [{ "LocalPath": "/goose", "RemotePath": "/", "Masters": "h:9200" }],
              "GooseFSxOptions": [{ "LocalPath": "/goosefsx/a_proxy", "Masters": ["h:55533"] }] }
            """));
        Assert.Equal(["/data", "/new", "/goose", "/goosefsx/a_proxy"], loaded.Added.Select(storage => storage.LocalPath));
        Assert.Equal(["/new"], loaded.New.Select(storage => storage.LocalPath));
        Assert.Equal(["/data", "/goose", "/goosefsx/a_proxy", "/new"], loaded.Config.Storage.Select(storage => storage.LocalPath));
    }

    [Theory]
    [InlineData(Data, "{\"LocalPath\":\"/data\",\"RemotePath\":\"172.30.3.91:/\"}",
        "/data is configured as nfs 172.30.3.90:/ ({0}:5), and nfs 172.30.3.91:/ is to be added")]
    [InlineData(Data, "{\"LocalPath\":\"/data\",\"RemotePath\":\"172.30.3.90:/\",\"Protocol\":\"NFS 4.0\"}",
        "/data is configured as nfs 172.30.3.90:/ ({0}:5), and nfs4 172.30.3.90:/ is to be added")]
    [InlineData(Data, "{\"LocalPath\":\"/data\",\"RemotePath\":\"172.30.3.90:/\",\"MountOption\":\"soft\"}",
        "/data is configured as nfs 172.30.3.90:/ with vers=3,nolock,proto=tcp,noresvport, the default ({0}:5), and the same with other "
            + "options is to be added: soft")]
    [InlineData(Data + "mount_option = \"hard\"\n",
        "{\"LocalPath\":\"/data\",\"RemotePath\":\"172.30.3.90:/\",\"MountOption\":\"vers=3,nolock,proto=tcp,noresvport\"}",
        "/data is configured as nfs 172.30.3.90:/ with hard ({0}:5), and the same with other options is to be added: vers=3,nolock,"
            + "proto=tcp,noresvport, the default")]
    [InlineData(Data + "mount_option = \"hard\"\n", "{\"LocalPath\":\"/data\",\"RemotePath\":\"172.30.3.91:/\",\"MountOption\":\"soft\"}",
        "/data is configured as nfs 172.30.3.90:/ with hard ({0}:5), and nfs 172.30.3.91:/ with soft is to be added")]
    [InlineData(Data, "{\"LocalPath\":\"/data\",\"Masters\":\"h:9200\"}",
        "/data is configured as nfs 172.30.3.90:/ ({0}:5), and goosefs h:9200:/ is to be added")]
    [InlineData(Goose, "{\"LocalPath\":\"/goose\",\"Masters\":\"i:9200\"}",
        "/goose is configured as goosefs h:9200:/ ({0}:5), and goosefs i:9200:/ is to be added")]
    [InlineData(Goosex, "{\"LocalPath\":\"/goosefsx/a_proxy\",\"Masters\":\"i:55533\"}",
        "/goosefsx/a_proxy is configured as goosefsx h:55533 ({0}:5), and goosefsx i:55533 is to be added")]
    public void Other_storage_at_a_configured_path_is_a_conflict(string toml, string json, string message)
    {
        var exception = Assert.Throws<AgentException>(() => Add(toml, Node(json)));
        Assert.Equal(
            (
                "MOUNT_CONFLICT",
                $"/root/add.json:1: {message.Replace("{0}", Configs.File, StringComparison.Ordinal)}",
                "Remove the existing storage first, or choose another local_path; nothing was changed."),
            (exception.Code.Name, exception.Message, exception.Hint.English));
    }

    [Fact]
    public void Diagnostics_come_before_conflicts() =>
        Assert.StartsWith(
            "/root/add.json:2: cfs[2].local_path: \"x\" is not absolute",
            Assert.Single(Diagnostics(Data, Node("{\"CFSOptions\": [{\"LocalPath\": \"/data\", \"RemotePath\": \"h:/\"},\n"
                + "{\"LocalPath\": \"x\", \"RemotePath\": \"h:/\"}]}"))),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("",
        "{\"CFSOptions\": [{\"LocalPath\": \"/a\", \"RemotePath\": \"h:/\"}, {\"LocalPath\": \"/a/\", \"RemotePath\": \"h:/\"}]}",
        "cfs[2].local_path: \"/a\" is given twice")]
    [InlineData(Goosex, "{\"LocalPath\": \"/goosefsx/b_proxy\", \"Masters\": \"h:55533\"}",
        "goosefsx[1].local_path: is the second GooseFSx")]
    [InlineData(Goose, "{\"LocalPath\": \"/b\", \"Masters\": \"i:9200\"}",
        "goosefs[1].masters: are not those of /goose (/etc/thpc/node-agent.toml:6)")]
    [InlineData(
        "",
        "{\"ClusterId\": \"hpc-otherone\", \"StorageOption\": {}}",
        "ClusterId: is \"hpc-otherone\", but this node's cluster is \"hpc-8hje8h12\"")]
    public void Rules_apply_to_configured_and_added_storage_together(string toml, string json, string words) =>
        Assert.StartsWith($"/root/add.json:1: {words}", Assert.Single(Diagnostics(toml, Node(json))), StringComparison.Ordinal);

    private static LoadedConfig Add(string toml, StorageFlags flags) => Add(toml, flags.ToNode());

    private static LoadedConfig Add(string toml, ConfigNode? added) =>
        Configs.Load(Configs.Cluster + toml, null, new ConfigOverrides { Storage = added });

    private static IReadOnlyList<string> Diagnostics(string toml, StorageFlags flags) => Configs.Diagnostics(() => Add(toml, flags));

    private static IReadOnlyList<string> Diagnostics(string toml, ConfigNode? added) => Configs.Diagnostics(() => Add(toml, added));

    private static ConfigNode? Node(string json)
    {
        List<ConfigDiagnostic> diagnostics = [];
        var node = StorageOptionJson.Parse(json, "/root/add.json", diagnostics, []);
        Assert.Empty(diagnostics);
        return node;
    }
}
