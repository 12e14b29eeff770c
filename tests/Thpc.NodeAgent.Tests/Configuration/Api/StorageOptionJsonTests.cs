using Thpc.NodeAgent.Configuration;

namespace Thpc.NodeAgent.Tests.Configuration.Api;

public sealed class StorageOptionJsonTests
{
    private const string Option = """
        {
          "CFSOptions": [
            { "LocalPath": "/opt/", "RemotePath": "172.30.3.90:/j25ey5tz/hpc-kjddsnfa/opt/", "Protocol": "NFS 3.0",
              "StorageType": "SD", "MountOption": null, "FileSystemId": "", "NewField": 1 },
            { "LocalPath": "/turbo", "RemotePath": "172.30.2.180@tcp0:/4fe1839b/cfs", "Protocol": "TURBO",
              "StorageType": "TP", "MountOption": "user_xattr" }
          ],
          "GooseFSOptions": [ { "LocalPath": "/goosefs", "RemotePath": "/", "Masters": "172.16.0.97:9200,172.16.0.98:9200" } ],
          "GooseFSxOptions": [ { "LocalPath": "/goosefsx/x_c60_54oi5id3_proxy/", "Masters": ["172.16.0.6:55533"] } ],
          "RequestId": "x", "Other": { "Deep": [true, 1.5, null] }
        }
        """;

    public static TheoryData<string> Forms => new(
        Option,
        $"{{ \"ClusterId\": \"hpc-8hje8h12\", \"StorageOption\": {Option} }}",
        $"{{ \"Response\": {{ \"RequestId\": \"x\", \"StorageOption\": {Option} }} }}");

    [Theory]
    [MemberData(nameof(Forms))]
    public void Storage_of_the_API_is_accepted_in_all_forms(string json)
    {
        var loaded = Configs.LoadJson(json);
        Assert.Equal(
            [
                new CfsStorage("/opt", "172.30.3.90", "/j25ey5tz/hpc-kjddsnfa/opt", CfsProtocol.Nfs3, null),
                new CfsStorage("/turbo", "172.30.2.180@tcp0", "/4fe1839b/cfs", CfsProtocol.Turbo, null),
            ],
            loaded.Config.Storage.OfType<CfsStorage>());
        var goose = Assert.Single(loaded.Config.Storage.OfType<GooseFsStorage>());
        Assert.Equal(("/goosefs", "/"), (goose.LocalPath, goose.RemotePath));
        Assert.Equal(["172.16.0.97:9200", "172.16.0.98:9200"], goose.Masters);
        var goosex = Assert.Single(loaded.Config.Storage.OfType<GooseFsxStorage>());
        Assert.Equal("/goosefsx/x_c60_54oi5id3_proxy", goosex.LocalPath);
        Assert.Equal(["172.16.0.6:55533"], goosex.Masters);
        Assert.Empty(loaded.Warnings);
    }

    [Fact]
    public void Storage_of_the_API_is_added_to_that_of_the_file()
    {
        var loaded = Configs.LoadJson(Option, "[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"172.30.3.91:/\"\n");
        Assert.Equal(
            ["/data", "/opt", "/turbo", "/goosefs", "/goosefsx/x_c60_54oi5id3_proxy"],
            loaded.Config.Storage.Select(storage => storage.LocalPath));
    }

    [Fact]
    public void Mount_point_in_both_gives_a_diagnostic_with_the_line_of_the_JSON() =>
        Assert.Equal(
            [$"{Configs.OptionFile}:3: cfs[2].local_path: \"/opt\" is given twice; each storage needs its own"],
            Configs.Diagnostics(() => Configs.LoadJson(Option, "[[cfs]]\nlocal_path = \"/opt\"\nremote_path = \"172.30.3.91:/\"\n")));

    [Fact]
    public void Invalid_section_of_the_file_is_reported_despite_the_JSON() =>
        Assert.Contains(
            Configs.Diagnostics(
                () => Configs.Load($"cfs = \"x\"\n{Configs.Cluster}[storage]\noption_file = \"{Configs.OptionFile}\"\n", Option)),
            diagnostic => diagnostic.StartsWith($"{Configs.File}:1: cfs: is a string", StringComparison.Ordinal));

    [Fact]
    public void Unknown_kind_of_storage_gives_a_warning_with_its_path()
    {
        var loaded =
            Configs.LoadJson("{ \"CFSOptions\": [],\n\"LaterOptions\": [ { \"LocalPath\": \"/bucket\", \"Bucket\": \"demo\" } ] }");
        Assert.Empty(loaded.Config.Storage);
        Assert.Equal(
            [$"{Configs.OptionFile}:2: LaterOptions at /bucket is not mounted: this version supports CFSOptions, GooseFSOptions and "
                + "GooseFSxOptions"],
            loaded.Warnings);
    }

    [Theory]
    [InlineData(
        "[{\"LocalPath\": \"/a\"}, {\"X\": 1}, {\"LocalPath\": null}, {\"LocalPath\": 5}]",
        "/a, an unnamed path, an unnamed path, an unnamed path is")]
    [InlineData("[1, \"/a\", [], null]", "an unnamed path, an unnamed path, an unnamed path, an unnamed path is")]
    [InlineData("[{\"LocalPath\": \"/a\\n\\u001b[2J\\u2028\"}]", "/a??[2J? is")]
    [InlineData("[1,2,3,4,5,6,7,8,9,10]", "an unnamed path and 2 more is")]
    public void Unknown_list_gives_one_warning_of_one_line(string list, string places)
    {
        foreach (var json in (string[])[$"{{ \"FooOptions\": {list} }}",
            $"{{ \"Response\": {{ \"StorageOption\": {{ \"Foo\\u0007Options\": {list} }} }} }}"])
        {
            var warning = Assert.Single(Configs.LoadJson(json).Warnings);
            Assert.Contains($"{places} not mounted: ", warning, StringComparison.Ordinal);
            Assert.DoesNotContain(warning, char.IsControl);
        }
    }

    [Fact]
    public void Kind_of_a_single_option_follows_from_masters_and_path()
    {
        Assert.Equal(
            [
                new CfsStorage("/data", "172.30.3.90", "/", CfsProtocol.Nfs4, null),
                new CfsStorage("/data", "172.30.3.90", "/", CfsProtocol.Nfs3, null),
                new GooseFsStorage("/goose", "/", ["172.16.0.97:9200"]),
                new GooseFsxStorage("/goosefsx/x_proxy", ["172.16.0.6:55533"]),
                new GooseFsStorage("/goosefsx2", "/x", ["172.16.0.97:9200"]),
            ],
            ((string[])
            [
                """{ "LocalPath": "/data/", "RemotePath": "172.30.3.90:/", "Protocol": "NFS 4.0", "New": [1] }""",
                """{ "StorageOption": { "LocalPath": "/data/", "RemotePath": "172.30.3.90:/", "Masters": null } }""",
                """{ "LocalPath": "/goose", "RemotePath": "/", "Masters": "172.16.0.97:9200" }""",
                """{ "LocalPath": "/goosefsx/x_proxy/", "Masters": ["172.16.0.6:55533"] }""",
                """{ "LocalPath": "/goosefsx2", "RemotePath": "/x", "Masters": ["172.16.0.97:9200"] }""",
            ]).SelectMany(json => Configs.LoadJson(json).Config.Storage));
    }

    [Fact]
    public void Single_option_follows_the_same_rules() =>
        Assert.StartsWith(
            $"{Configs.OptionFile}:2: cfs[1].remote_path: \"nowhere\" is not a mount target",
            Assert.Single(Configs.Diagnostics(() => Configs.LoadJson("{ \"LocalPath\": \"/data\",\n\"RemotePath\": \"nowhere\" }"))),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("{ \"ClusterId\":\n\"hpc-otherone\", \"StorageOption\": {} }", "\"hpc-otherone\"")]
    [InlineData("{ \"Response\": {\n\"ClusterId\": 5, \"StorageOption\": { \"CFSOptions\": [] } } }", "an integer")]
    public void Storage_of_another_cluster_gives_a_diagnostic(string json, string given) =>
        Assert.Equal(
            [$"{Configs.OptionFile}:2: ClusterId: is {given}, but this node's cluster is \"hpc-8hje8h12\"; "
                + "use the storage of that cluster"],
            Configs.Diagnostics(() => Configs.LoadJson(json)));

    [Fact]
    public void Cluster_id_of_a_flag_decides() =>
        Assert.Single(Configs.Load(
            $"{Configs.Cluster}[storage]\noption_file = \"{Configs.OptionFile}\"\n",
            "{ \"ClusterId\": \"hpc-flagflag\", \"StorageOption\": { \"CFSOptions\": [{ \"LocalPath\": \"/data\", \"RemotePath\": "
                + "\"h:/\" }] } }",
            new ConfigOverrides { ClusterId = "hpc-flagflag" }).Config.Storage);

    [Theory]
    [InlineData("{ \"Response\": { \"StorageOption\": {} } }")]
    [InlineData("{ \"Response\": { \"StorageOption\": null } }")]
    [InlineData("{ \"StorageOption\": { \"CFSOptions\": null, \"GooseFSOptions\": [] } }")]
    [InlineData("{ \"Response\": { \"StorageOption\": null, \"Error\": null, \"ClusterId\": null } }")]
    [InlineData("{ \"CosOptions\": [], \"Other\": [], \"RequestId\": \"x\" }")]
    [InlineData("{ \"CosOptions\": null }")]
    [InlineData("{}")]
    public void Empty_options_give_no_storage(string json) => Assert.Empty(Configs.LoadJson(json).Config.Storage);

    [Theory]
    [InlineData("", 1, "this is not JSON")]
    [InlineData("{\n\"CFSOptions\": [\n", 3, "this is not JSON")]
    [InlineData("{}\n{}", 2, "this is not JSON")]
    [InlineData("[]", 1, "contains no StorageOption")]
    [InlineData("null", 1, "contains no StorageOption")]
    [InlineData("{ \"RequestId\": \"x\" }", 1, "contains no StorageOption")]
    [InlineData("{ \"Response\": { \"RequestId\": \"x\" } }", 1, "contains no StorageOption")]
    [InlineData(
        "{ \"Response\":\n{ \"Error\": { \"Code\": \"AuthFailure\", \"Message\": \"no such key\" } } }",
        2,
        "this is an API error (AuthFailure: no such key)")]
    [InlineData("{\n\"CFSOptions\": { \"LocalPath\": \"/data\" } }", 2, "CFSOptions: is a table, expected a list of objects")]
    [InlineData("{\n\"GooseFSOptions\": [\"x\"] }", 2, "GooseFSOptions: is a list with other items, expected a list of objects")]
    [InlineData("{ \"CFSOptions\": [ {\n\"LocalPath\": \"\\ud800\" } ] }", 2, "a string here has an invalid escape")]
    [InlineData("{ \"CFSOptions\": [ {\n\"\\udfff\": \"x\" } ] }", 2, "a string here has an invalid escape")]
    public void Text_without_StorageOption_gives_a_diagnostic_with_its_line(string json, int line, string words) =>
        Assert.Contains(
            Configs.Diagnostics(() => Configs.LoadJson(json)),
            diagnostic => diagnostic.StartsWith($"{Configs.OptionFile}:{line}: {words}", StringComparison.Ordinal));

    [Theory]
    [InlineData("/nowhere.json", "/nowhere.json cannot be read: no /nowhere.json")]
    [InlineData("storage.json", "\"storage.json\" is not absolute; begin it with /")]
    [InlineData("/data/../storage.json", "\"/data/../storage.json\" contains //, . or ..; write the path without them")]
    public void Unreadable_option_file_gives_a_diagnostic(string name, string words) =>
        Assert.Equal(
            [$"{Configs.File}:5: storage.option_file: {words}"],
            Configs.Diagnostics($"{Configs.Cluster}[storage]\noption_file = \"{name}\"\n"));
}
