using Thpc.NodeAgent.Configuration.Api;
using Thpc.NodeAgent.Configuration.Toml;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Tests.Configuration.Toml;

/// <summary>Adding storage to the text of the configuration file, and removing it.</summary>
public sealed class StorageTomlTests
{
    private const string Text = """
        # of the cluster
        [cluster]
        id = "hpc-8hje8h12"

        # the data
        [[cfs]] # one
          local_path = "/data/"
        # where
          remote_path = "h:/"   # there

        # the mounts
        [mount]
        timeout = 5
        [[cfs]]
        local_path = '/x'
        note = '''
        [[cfs]]
        local_path = "/data"
        '''

        """;

    [Fact]
    public void Remove_deletes_a_table_from_its_header_to_its_last_key_and_nothing_else() =>
        Assert.Equal(
            """
            # of the cluster
            [cluster]
            id = "hpc-8hje8h12"

            # the data

            # the mounts
            [mount]
            timeout = 5
            [[cfs]]
            local_path = '/x'
            note = '''
            [[cfs]]
            local_path = "/data"
            '''

            """,
            StorageToml.Remove(Text, Configs.File, "/data"));

    [Fact]
    public void Remove_accepts_a_trailing_slash_and_deletes_multi_line_strings() =>
        Assert.Equal(
            Text[..Text.IndexOf("[[cfs]]\nlocal_path = '/x'", StringComparison.Ordinal)], StorageToml.Remove(Text, Configs.File, "/x/"));

    [Theory]
    [InlineData("", "[[cfs]]\nlocal_path = \"/new\"\nmasters = [\"a\", \"b\"]\n")]
    [InlineData("# x", "# x\n\n[[cfs]]\nlocal_path = \"/new\"\nmasters = [\"a\", \"b\"]\n")]
    [InlineData("# x\n\n", "# x\n\n\n[[cfs]]\nlocal_path = \"/new\"\nmasters = [\"a\", \"b\"]\n")]
    [InlineData("# x\r\ny = 1", "# x\r\ny = 1\r\n\r\n[[cfs]]\r\nlocal_path = \"/new\"\r\nmasters = [\"a\", \"b\"]\r\n")]
    [InlineData("\uFEFF# x\n", "\uFEFF# x\n\n[[cfs]]\nlocal_path = \"/new\"\nmasters = [\"a\", \"b\"]\n")]
    [InlineData("\uFEFF", "\uFEFF[[cfs]]\nlocal_path = \"/new\"\nmasters = [\"a\", \"b\"]\n")]
    public void Append_writes_a_table_at_the_end_after_a_blank_line(string text, string expected)
    {
        Assert.Equal(expected, StorageToml.Append(text, Configs.File, Added("cfs", "/new", "/old"), path => path == "/new"));
        Assert.Equal(text, StorageToml.Append(text, Configs.File, Added("cfs", "/new", "/old"), _ => false));
    }

    [Theory]
    [InlineData("[[cfs]]\nlocal_path = \"/x\"")]
    [InlineData("\uFEFF[[cfs]]\nlocal_path = \"/x\"\n")]
    [InlineData("[[\"cfs\"]]\n\"local_path\" = \"/x\"\n")]
    [InlineData("[[ 'cfs' ]]\nmasters = [\n\"[[cfs]]\", # ]\n]\nlocal_path = \"\"\"\n/x\"\"\"\n")]
    public void Removing_the_only_table_leaves_the_byte_order_mark(string text) =>
        Assert.Equal(text[0] == '\uFEFF' ? "\uFEFF" : "", StorageToml.Remove(text, Configs.File, "/x"));

    [Theory]
    [InlineData("")]
    [InlineData("cfs = [{ local_path = \"/x\" }, { local_path = \"/y\" }]\n")]
    [InlineData("cfs = []\n")]
    [InlineData("[cfs]\nlocal_path = \"/x\"\n")]
    [InlineData("cfs = 1\n")]
    [InlineData("[[cfs]]\nlocal_path = \"/x\"\n[cfs.deep]\nx = 1\n")]
    [InlineData("[[cfs]]\nlocal_path = \"/y\"\n[[cfs]]\nlocal_path = \"/x\"\n[cfs.deep]\nx = 1\n")]
    [InlineData("[[cfs]]\nlocal_path = \"/x\"\n[[goosefs]]\nlocal_path = \"/x/\"\n")]
    [InlineData("[[other.cfs]]\nlocal_path = \"/x\"\n")]
    public void Remove_refuses_a_path_without_a_separate_table(string text)
    {
        var exception = Assert.Throws<AgentException>(() => StorageToml.Remove(text, Configs.File, "/x"));
        Assert.Equal("CONFIG_INVALID", exception.Code.Name);
        Assert.Contains($"{Configs.File}: ", exception.Message, StringComparison.Ordinal);
        Assert.Contains("\"/x\"", exception.Message, StringComparison.Ordinal);
        Assert.EndsWith("nothing was changed.", exception.Hint.English, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cfs = [{ local_path = \"/x\" }]\n")]
    [InlineData("cfs = []\n")]
    [InlineData("cfs = 1\n")]
    [InlineData("[cfs]\nlocal_path = \"/x\"\n")]
    public void Append_refuses_a_file_with_the_same_list_as_array(string text)
    {
        var exception = Assert.Throws<AgentException>(() => StorageToml.Append(text, Configs.File, Added("cfs", "/new"), _ => true));
        Assert.Equal(
            ("CONFIG_INVALID", $"{Configs.File}: [[cfs]] cannot be appended: the file already has this list as NAME = [...]"),
            (exception.Code.Name, exception.Message));
        Assert.Equal(
            text, StorageToml.Remove(StorageToml.Append(text, Configs.File, Added("goosefs", "/new"), _ => true), Configs.File, "/new"));
    }

    [Fact]
    public void Value_that_TOML_cannot_hold_is_refused() =>
        Assert.Equal(
            "CONFIG_INVALID",
            Assert.Throws<AgentException>(() => StorageToml.Append("", Configs.File, Added("cfs", "/\uD800"), _ => true)).Code.Name);

    [Fact]
    public void Invalid_TOML_is_refused_with_its_line()
    {
        Assert.StartsWith(
            $"{Configs.File}:2:4: ",
            Assert.Throws<AgentException>(() => StorageToml.Append("\nx = \n", Configs.File, Added("cfs", "/new"), _ => true)).Message,
            StringComparison.Ordinal);
        Assert.StartsWith(
            $"{Configs.File}:2:4: ", Assert.Throws<AgentException>(() => StorageToml.Remove("\nx = \n", Configs.File, "/new")).Message,
            StringComparison.Ordinal);
    }

    private static ConfigNode Added(string section, params string[] paths)
    {
        var node = ConfigNode.Table("test");
        node.AsTable![section] = new ConfigNode(paths.Select(path => Table(path)).ToList(), "test");
        node.AsTable[StorageOptionJson.ClusterId] = new ConfigNode("hpc-8hje8h12", "test");
        return node;
    }

    private static ConfigNode Table(string path)
    {
        var table = ConfigNode.Table("test");
        table.AsTable!["local_path"] = new ConfigNode(path, "test");
        table.AsTable["masters"] = new ConfigNode(((string[])["a", "b"]).Select(master => new ConfigNode(master, "test")).ToList(), "test");
        return table;
    }
}
