using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Tests.Configuration;

/// <summary>Options of the API that a node cannot mount by itself give a warning; the others are still accepted.</summary>
public sealed class UnmountableStorageTests
{
    private const string Others = """
        "CFSOptions": [{"LocalPath": "/home", "RemotePath": "h:/"}]
        """ + """, "GooseFSOptions": [{"LocalPath": "/goose", "RemotePath": "/x", "Masters": ["h:9200"]}]""";

    private const string NotMounted = "is not mounted: ";
    private const string Bucket =
        "CosOptions at /data/cos_mnt is not mounted: the agent does not mount COS buckets; mount it with cosfs in an init script";

    [Theory]
    [InlineData("GooseFSOptions", "{'LocalPath':'/data','RemotePath':'/test-1251001001','FileSystemId':'g_cvm_7yu01w7y'}", "/data",
        "no Masters are given for file system g_cvm_7yu01w7y, and the node cannot look them up; add \"Masters\": [\"172.16.0.97:9200\"]")]
    [InlineData("GooseFSOptions", "{'LocalPath':'/data','RemotePath':'/x','Masters':[]}", "/data",
        "no Masters are given, and the node cannot look them up; add \"Masters\": [\"172.16.0.97:9200\"]")]
    [InlineData("GooseFSOptions", "{'LocalPath':'/data','RemotePath':'/x','Masters':' , '}", "/data", "no Masters are given, and")]
    [InlineData("GooseFSOptions", "{'RemotePath':'/x','Masters':['h:9200']}", "an unnamed path", "no LocalPath is given")]
    [InlineData("GooseFSxOptions", "{'LocalPath':'/goosefsx/a_proxy/','FileSystemId':'x-c60-fc9373xp'}", "/goosefsx/a_proxy/",
        "no Masters are given for file system x-c60-fc9373xp, and the node cannot look them up; add \"Masters\": [\"172.16.0.6:55533\"]")]
    [InlineData(
        "GooseFSxOptions",
        "{'FileSystemId':'x-c60-fc9373xp','Masters':['h:55533']}",
        "an unnamed path",
        "no LocalPath is given for file system x-c60-fc9373xp")]
    [InlineData(
        "GooseFSxOptions",
        "{'FileSystemId':'x-c60-fc9373xp','Masters':null,'LocalPath':null}",
        "an unnamed path",
        "no LocalPath is given for file system x-c60-fc9373xp")]
    [InlineData("GooseFSxOptions", "{}", "an unnamed path", "no LocalPath is given")]
    [InlineData("CFSOptions", "{'LocalPath':'/data','FileSystemId':'cfs-1a2b3c'}", "/data",
        "no RemotePath is given for file system cfs-1a2b3c, and the node cannot look it up; add the mount target, such as "
            + "\"RemotePath\": \"172.30.3.90:/\"")]
    [InlineData("CFSOptions", "{'LocalPath':'/data'}", "/data", "no RemotePath is given, and the node cannot look it up")]
    [InlineData("CFSOptions", "{'LocalPath':'/data','RemotePath':'h:/','Protocol':'SMB 3'}", "/data",
        "Protocol \"SMB 3\" is not known to this version")]
    public void Incomplete_option_gives_a_warning_and_the_others_are_accepted(string list, string option, string place, string reason)
    {
        var item = option.Replace('\'', '"');
        var json =
            $"{{\n\"{list}\": [\n{item}, {{\"LocalPath\": \"/goosefsx/b_proxy\", \"RemotePath\": "
                + $"\"{(list == "CFSOptions" ? "h:/" : "/")}\", \"Masters\": [\"h:{(list == "GooseFSOptions" ? 9200 : 55533)}\"]}}]}}";
        var loaded = Configs.LoadJson(
            json, "[[cfs]]\nlocal_path = \"/home\"\nremote_path = \"h:/\"\n[[init_script]]\nscript_path = \"file:///a.sh\"\n");
        Assert.Equal(["/home", "/goosefsx/b_proxy"], loaded.Config.Storage.Select(storage => storage.LocalPath));
        Assert.Single(loaded.Config.InitScripts);
        Assert.StartsWith(
            $"{Configs.OptionFile}:3: {list} at {place} {NotMounted}{reason}", Assert.Single(loaded.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{'LocalPath':'/data','RemotePath':'/test-1251001001','FileSystemId':'g_cvm_7yu01w7y'}",
        "GooseFSOptions at /data is not mounted: no Masters")]
    [InlineData("{'LocalPath':'/goosefsx/a_proxy','FileSystemId':'x-c60-fc9373xp'}",
        "GooseFSxOptions at /goosefsx/a_proxy is not mounted: no Masters")]
    [InlineData("{'FileSystemId':'x-c60-fc9373xp'}", "GooseFSxOptions at an unnamed path is not mounted: no LocalPath")]
    [InlineData("{'Masters':['h:9200']}", "GooseFSOptions at an unnamed path is not mounted: no LocalPath")]
    [InlineData("{'LocalPath':'/data','FileSystemId':'cfs-1a2b3c'}", "CFSOptions at /data is not mounted: no RemotePath")]
    [InlineData("{'LocalPath':'/data/cos_mnt','RemotePath':'cosn://my-bucket-1250000000/hpc-data/','MountParamsOption':'-oallow_other'}",
        Bucket)]
    [InlineData("{'LocalPath':'/data/cos_mnt','RemotePath':'my-bucket','MountParamsOption':'-oallow_other'}", Bucket)]
    [InlineData("{'LocalPath':'/data/cos_mnt','RemotePath':'https://my-bucket-1250000000.cos.ap-guangzhou.myqcloud.com'}", Bucket)]
    [InlineData("{'LocalPath':'/data/cos_mnt','RemotePath':'my-bucket-1250000000.cos.ap-guangzhou.myqcloud.com:/'}", Bucket)]
    [InlineData("{'LocalPath':'/data/cos_mnt','RemotePath':'my-bucket','MountOption':'{\\u0022allow_other\\u0022: true}'}", Bucket)]
    public void Single_option_follows_the_same_rules(string option, string warning)
    {
        foreach (var json in (string[])[option, $"{{'StorageOption':{option}}}",
            $"{{'Response':{{'StorageOption':{option},'RequestId':'x'}}}}"])
        {
            var loaded = Configs.LoadJson(json.Replace('\'', '"'));
            Assert.Empty(loaded.Config.Storage);
            Assert.StartsWith($"{Configs.OptionFile}:1: {warning}", Assert.Single(loaded.Warnings), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("[{\"LocalPath\":\"/data/cos_mnt\",\"RemotePath\":\"cosn://b/\",\"MountParamsOption\":\"-oallow_other\"}]")]
    [InlineData("[{\"LocalPath\":\"/data/cos_mnt\",\"RemotePath\":\"https://b.cos.r.myqcloud.com\",\"MountOption\":\"{\\\"a\\\": [1]}\"}]")]
    [InlineData("[{\"LocalPath\":\"/data/cos_mnt\"}]")]
    [InlineData("{\"LocalPath\":\"/data/cos_mnt\",\"RemotePath\":\"cosn://b/\"}")]
    public void Bucket_gives_a_warning_with_its_path_and_the_rest_is_accepted(string buckets)
    {
        var loaded = Configs.LoadJson($"{{ {Others},\n\"CosOptions\": {buckets} }}");
        Assert.Equal(["/home", "/goose"], loaded.Config.Storage.Select(storage => storage.LocalPath));
        Assert.Equal([$"{Configs.OptionFile}:2: {Bucket}"], loaded.Warnings);
    }

    [Fact]
    public void Second_GooseFS_or_GooseFSx_gives_a_warning()
    {
        var loaded = Configs.LoadJson("""{"GooseFSOptions": [{"LocalPath": "/a", "RemotePath": "/", "Masters": "h:9200,i:9200"}, """ + """
            {"LocalPath": "/b", "RemotePath": "/b", "Masters": ["i:9200", "h:9200"]},
            {"LocalPath": "/c", "RemotePath": "/", "Masters": "j:9200"}],
            "GooseFSxOptions": [{"LocalPath": "/goosefsx/a_proxy", "Masters": "h:55533"},
            {"LocalPath": "/goosefsx/b_proxy", "Masters": "h:55533"}]}
            """);
        Assert.Equal(["/a", "/b", "/goosefsx/a_proxy"], loaded.Config.Storage.Select(storage => storage.LocalPath));
        Assert.Equal(
            [
                $"{Configs.OptionFile}:2: GooseFSOptions at /c {NotMounted}its Masters are not those of /a; "
                    + "a node has one goosefs-site.properties and so one GooseFS",
                $"{Configs.OptionFile}:4: GooseFSxOptions at /goosefsx/b_proxy {NotMounted}"
                    + "a node has at most one GooseFSx, here /goosefsx/a_proxy",
            ],
            loaded.Warnings);
    }

    [Fact]
    public void File_system_ids_beside_masters_are_ignored()
    {
        var loaded = Configs.LoadJson("""
            { "GooseFSxOptions": [ { "Masters": ["172.16.0.2:55533","172.16.0.3:55533"],
                "LocalPath": "/goosefsx/x_c60_54oi5id3_proxy/", "FileSystemId": "x-c60-fc9373xp" } ],
              "GooseFSOptions": [ { "LocalPath": "/goose", "RemotePath": "/ns", "Masters": ["172.16.0.4:55533","172.16.0.5:55533"],
                "FileSystemId": "g_cvm_7yu01w7y" } ] }
            """);
        Assert.Empty(loaded.Warnings);
        Assert.Equal(
            [new GooseFsStorage("/goose", "/ns", ["172.16.0.4:55533", "172.16.0.5:55533"]),
                new GooseFsxStorage("/goosefsx/x_c60_54oi5id3_proxy", ["172.16.0.2:55533", "172.16.0.3:55533"])],
            loaded.Config.Storage);
    }

    [Fact]
    public void Unknown_storage_type_is_ignored_with_a_warning()
    {
        var loaded = Configs.LoadJson(
            """{ "CFSOptions": [ { "LocalPath": "/data", "RemotePath": "h:/", "StorageType": "XL" }, """
                + """{ "LocalPath": "/b", "RemotePath": "h:/", "StorageType": "tb" } ] }""");
        Assert.Equal(2, loaded.Config.Storage.Count);
        Assert.Equal(
            [$"{Configs.OptionFile}:1: CFSOptions at /data: StorageType \"XL\" is not known to this version and is ignored"],
            loaded.Warnings);
    }

    [Theory]
    [InlineData("InitNodeScripts")]
    [InlineData("InitNodeScriptSet")]
    public void Scripts_beside_the_storage_give_a_warning(string key)
    {
        var loaded = Configs.LoadJson(
            $$"""{ "StorageOption": { {{Others}} },{{"\n"}}"{{key}}": [ """
                + """{ "ScriptPath": "cos://b.cos.r.myqcloud.com/a.sh", "Timeout": 60 }, """
                + """{ "ScriptPath": "https://h/b.sh?q-signature=x" }, 1 ] }""");
        Assert.Equal(2, loaded.Config.Storage.Count);
        Assert.Empty(loaded.Config.InitScripts);
        Assert.Equal(
            [$"{Configs.OptionFile}:2: {key}: cos://b.cos.r.myqcloud.com/a.sh, {Url.WithoutSecrets("https://h/b.sh?q-signature=x")}, "
                + "an unnamed script is not run from this file; "
                + "add it to the configuration as an [[init_script]] with script_path and timeout"],
            loaded.Warnings);
    }

    [Fact]
    public void Empty_list_of_scripts_gives_no_warning() =>
        Assert.Empty(Configs.LoadJson("""{ "StorageOption": {}, "InitNodeScripts": [] }""").Warnings);

    [Theory]
    [InlineData("{\"GooseFSOptions\":[{\"LocalPath\":\"/goose\",\"RemotePath\":\"/\",\"Masters\":{\"x\":1}}]}",
        "goosefs[1].masters: is a table")]
    [InlineData("{\"GooseFSOptions\":[{\"LocalPath\":5,\"RemotePath\":\"/\",\"Masters\":[\"h:9200\"]}]}",
        "goosefs[1].local_path: is an integer")]
    [InlineData("{\"CFSOptions\":[{\"LocalPath\":\"/etc\",\"RemotePath\":\"h:/\"}]}", "cfs[1].local_path: /etc belongs to the system")]
    public void Invalid_values_still_give_a_diagnostic(string json, string words) =>
        Assert.Contains(
            $"{Configs.OptionFile}:1: {words}", Assert.Single(Configs.Diagnostics(() => Configs.LoadJson(json))), StringComparison.Ordinal);
}
