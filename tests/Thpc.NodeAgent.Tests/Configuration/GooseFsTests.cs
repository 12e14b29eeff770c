using Thpc.NodeAgent.Configuration;

namespace Thpc.NodeAgent.Tests.Configuration;

public sealed class GooseFsTests
{
    [Theory]
    [InlineData("/a b", "/", 5, "local_path")]
    [InlineData("/a;b", "/", 5, "local_path")]
    [InlineData("/数据", "/", 5, "local_path")]
    [InlineData("/goose", "/a b", 6, "remote_path")]
    [InlineData("/goose", "/$HOME", 6, "remote_path")]
    [InlineData("/goose", "/a%b", 6, "remote_path")]
    public void Path_that_the_start_script_would_split_is_refused(string local, string remote, int line, string key)
    {
        var diagnostic = Assert.Single(Configs.Diagnostics(GooseFs(local, remote)));
        Assert.StartsWith($"{Configs.File}:{line}: goosefs[1].{key}: ", diagnostic, StringComparison.Ordinal);
        Assert.Contains("start script; use only letters, digits and . _ / + : @ = -", diagnostic, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_plain_character_is_accepted() =>
        Assert.Equal(
            new GooseFsStorage("/g.a_b+c:d@e=f-1", "/X/y", ["h:9200"]),
            Assert.Single(Configs.Load(GooseFs("/g.a_b+c:d@e=f-1/", "/X/y/")).Config.Storage));

    [Theory]
    [InlineData("h:9200,i:9200,j:9200")]
    [InlineData("h:9202,i:9202")]
    [InlineData("h:55533,i:55533,j:55533")]
    [InlineData("h:19200")]
    public void Ports_of_masters_are_accepted(string masters) =>
        Assert.Single(Configs.Load(GooseFs("/goose", "/", masters)).Config.Storage);

    [Theory]
    [InlineData("h:9200,i:9202")]
    [InlineData("h:9201,i:9201")]
    [InlineData("h:9200,i:19200")]
    [InlineData("h:55533,i:9200")]
    public void Different_ports_of_masters_are_refused(string masters) =>
        Assert.Equal(
            [$"{Configs.File}:7: goosefs[1].masters: several GooseFS masters must have the same port: 9200, 9202 (the journal's) or 55533"],
            Configs.Diagnostics(GooseFs("/goose", "/", masters)));

    [Theory]
    [InlineData("goosefs", "/goose", "h:9200", "172.16.0.97:9200")]
    [InlineData("goosefsx", "/goosefsx/a_proxy", "h:55533", "172.16.0.6:55533")]
    public void File_system_id_is_ignored_and_needs_masters(string section, string local, string masters, string example)
    {
        var toml = $"{Configs.Cluster}[[{section}]]\nlocal_path = \"{local}\"\nfile_system_id = \"x-c60-fc9373xp\"\n";
        Assert.Equal(
            Configs.Load($"{toml}masters = \"{masters}\"").Config.Storage,
            Configs.Load(toml.Replace("file_system_id = \"x-c60-fc9373xp\"\n", "", StringComparison.Ordinal) + $"masters = \"{masters}\"")
                .Config.Storage);
        Assert.Equal(
            [$"{Configs.File}:5: {section}[1].masters: is missing; "
                + $"x-c60-fc9373xp alone cannot be mounted, add its masters, for example masters = [\"{example}\"]"],
            Configs.Diagnostics(toml));
    }

    [Fact]
    public void All_GooseFS_have_the_same_masters_in_any_order()
    {
        Assert.Equal(2, Configs.Load(GooseFs("/a", "/", "h:9200,i:9200") + Section("/b", "/", "i:9200,h:9200")).Config.Storage.Count);
        Assert.Equal(
            [$"{Configs.File}:15: goosefs[3].masters: are not those of /a ({Configs.File}:7); a node has one goosefs-site.properties, so "
                + $"write the same masters for every goosefs"],
            Configs.Diagnostics(GooseFs("/a") + Section("/b") + Section("/c", "/", "i:9200")));
    }

    [Fact]
    public void Storage_is_compared_by_content()
    {
        Storage[] once = Storages(), again = Storages();
        Assert.Equal(["h@tcp0:/x/cfs", "h:9200,i:9200:/x", "h:55533,i:55533"], once.Select(storage => storage.Source));
        Assert.Equal(once, again);
        Assert.Equal(once.Select(storage => storage.GetHashCode()), again.Select(storage => storage.GetHashCode()));
        Assert.NotEqual(once[1], new GooseFsStorage("/b", "/x", ["i:9200", "h:9200"]));
        Assert.NotEqual(once[1], new GooseFsStorage("/b", "/y", ["h:9200", "i:9200"]));
        Assert.NotEqual(once[1], new GooseFsStorage("/c", "/x", ["h:9200", "i:9200"]));
        Assert.NotEqual(once[2], new GooseFsxStorage("/c", ["h:55533"]));

        static Storage[] Storages() =>
        [
            new CfsStorage("/a", "h@tcp0", "/x/cfs", CfsProtocol.Turbo, null),
            new GooseFsStorage("/b", "/x", ["h:9200", "i:9200"]),
            new GooseFsxStorage("/c", ["h:55533", "i:55533"]),
        ];
    }

    [Theory]
    [InlineData("/data", "/data/storage.json")]
    [InlineData("/data/", "/data/a/storage.json")]
    [InlineData("/data/storage.json", "/data/storage.json")]
    public void Option_file_below_a_mount_point_is_refused(string local, string file)
    {
        var toml = $"{Configs.Cluster}[storage]\noption_file = \"{file}\"\n[[cfs]]\nlocal_path = \"{local}\"\nremote_path = \"h:/\"\n";
        var diagnostics = Configs.Diagnostics(
            () => ConfigLoader.Load(toml, Configs.File, new Dictionary<string, string>(), new ConfigOverrides(), _ => "{}"));
        Assert.StartsWith(
            $"{Configs.File}:5: storage.option_file: {file} is in {local.TrimEnd('/')}, but is read before that is mounted",
            Assert.Single(diagnostics),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Clients_have_defaults()
    {
        var clients = Configs.Load(Configs.Cluster).Config.Clients;
        Assert.Equal((null, TimeSpan.FromSeconds(300)), (clients.GooseFsHome, clients.GooseFsxInstallerTimeout));
        Assert.Empty(clients.GooseFsxInstaller);
    }

    [Fact]
    public void Clients_are_read_from_storage()
    {
        var clients = Configs.Load(
            $"{Configs.Cluster}[storage]\ngoosefs_home = \"/opt/goosefs-1.4/\"\ngoosefsx_installer = [\"/opt/install.sh\", \"--a, b\", "
                + $"\"\"]\ngoosefsx_installer_timeout = 10\n").Config.Clients;
        Assert.Equal(("/opt/goosefs-1.4", TimeSpan.FromSeconds(10)), (clients.GooseFsHome, clients.GooseFsxInstallerTimeout));
        Assert.Equal(["/opt/install.sh", "--a, b", ""], clients.GooseFsxInstaller);
    }

    [Theory]
    [InlineData("goosefs_home = \"opt\"", "\"opt\" is not absolute; begin it with /")]
    [InlineData("goosefs_home = \"/opt/../x\"", "contains //, . or ..")]
    [InlineData("goosefs_home = \"/opt/a b\"", "use only letters, digits and . _ / + : @ = -")]
    [InlineData("goosefs_home = \"/opt/%h\"", "use only letters, digits and . _ / + : @ = -")]
    [InlineData("goosefs_home = 1", "is an integer, expected a string")]
    [InlineData("goosefsx_installer = \"/opt/install.sh --yes\"", "is a string, expected a list of strings")]
    [InlineData("goosefsx_installer = [1]", "expected a list of strings")]
    [InlineData("goosefsx_installer = [\"install.sh\"]", "the program \"install.sh\" is not absolute")]
    [InlineData("goosefsx_installer = [\"\"]", "the program \"\" is not absolute")]
    [InlineData("goosefsx_installer = [\"/a//b\"]", "contains //, . or ..")]
    [InlineData("goosefsx_installer = [\"/a\\u0000\"]", "the program contains control characters")]
    [InlineData("goosefsx_installer = [\"/a\", \"b\\nc\"]", "\"b?c\" contains control characters")]
    [InlineData("goosefsx_installer_timeout = 9", "10 to 3600 seconds")]
    [InlineData("goosefsx_installer_timeout = 3601", "10 to 3600 seconds")]
    public void Invalid_client_setting_gives_one_diagnostic(string line, string words)
    {
        var diagnostic = Assert.Single(Configs.Diagnostics($"{Configs.Cluster}[storage]\n{line}\n"));
        Assert.StartsWith($"{Configs.File}:5: storage.{line.Split(' ')[0]}: ", diagnostic, StringComparison.Ordinal);
        Assert.Contains(words, diagnostic, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(64, 0)]
    [InlineData(65, 1)]
    public void Installer_has_at_most_64_words(int words, int diagnostics)
    {
        var toml = $"{Configs.Cluster}[storage]\ngoosefsx_installer = [{string.Join(", ", Enumerable.Repeat("\"/a\"", words))}]\n";
        Assert.Equal(
            diagnostics,
            diagnostics == 0
                ? Configs.Load(toml).Warnings.Count
                : Configs.Diagnostics(toml)
                    .Count(line => line.Contains($"has {words} words; at most 64 are allowed", StringComparison.Ordinal)));
    }

    private static string GooseFs(string local, string remote = "/", string masters = "h:9200") =>
        Configs.Cluster + Section(local, remote, masters);

    private static string Section(string local, string remote = "/", string masters = "h:9200") =>
        $"[[goosefs]]\nlocal_path = \"{local}\"\nremote_path = \"{remote}\"\nmasters = \"{masters}\"\n";
}
