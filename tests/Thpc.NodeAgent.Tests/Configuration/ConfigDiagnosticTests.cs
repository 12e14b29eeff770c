using System.Text.RegularExpressions;

namespace Thpc.NodeAgent.Tests.Configuration;

public sealed class ConfigDiagnosticTests
{
    [Theory]
    [InlineData("[cluster]\nid = \"hpc-8hje8h12\\", 2)]
    [InlineData("[cluster]\n\nid = \"\\ud800\"\nnode_role = \"COMPUTE\"\n", 3)]
    [InlineData("a = 1\nid = \"\"\"\nx\n\\q\"\"\"", 4)]
    public void Invalid_escape_is_reported_with_its_line(string text, int line) =>
        Assert.StartsWith($"{Configs.File}:{line}:", Assert.Single(Configs.Diagnostics(text)), StringComparison.Ordinal);

    [Fact]
    public void All_errors_are_reported_at_once_with_line_and_remedy()
    {
        const string Text = """
            [cluster]
            id = "cluster 1"
            node_roles = "COMPUTE"
            node_role = "WORKER"
            scheduler_type = 5
            [[init_script]]
            script_path = "ftp://host/x"
            timeout = 5
            on_failure = "ignore"
            sha256 = "abc"
            [[init_script]]
            timeout = "30"
            [[cfs]]
            local_path = "/data"
            remote_path = "172.30.3.90"
            protocol = "NFS 5"
            [[cfs]]
            local_path = "/data/"
            remote_path = "172.30.3.90:/"
            mount_option = "hard, soft"
            [[cfs]]
            local_path = "/data"
            remote_path = "172.30.3.91:/"
            [[goosefs]]
            local_path = "/goosefs"
            masters = 9200
            [[goosefsx]]
            local_path = "/goosefsx"
            masters = ["172.16.0.6:9200"]
            [cos]
            credentials = "guess"
            endpoint = "127.0.0.1:9000"
            [mount]
            timeout = 0
            parallelism = 1.5
            [script]
            kill_grace = 1979-05-27
            [metadata]
            endpoint = true
            [packages]
            extra = ["-o", "gcc"]
            [sorage]
            option_file = ""
            """;
        (int Line, string Key, string Remedy)[] expected =
        [
            (2, "cluster.id", "hpc-"),
            (4, "cluster.node_role", "COMPUTE, LOGIN, MANAGER, MANAGER_BACKUP"),
            (5, "cluster.scheduler_type", "expected a string"),
            (7, "init_script[1].script_path", "cos://"),
            (8, "init_script[1].timeout", "10 to 1200 seconds"),
            (9, "init_script[1].on_failure", "fail, continue"),
            (10, "init_script[1].sha256", "sha256sum"),
            (12, "init_script[2].script_path", "cos://"),
            (12, "init_script[2].timeout", "timeout = 30"),
            (15, "cfs[1].remote_path", "HOST:/PATH"),
            (16, "cfs[1].protocol", "NFS 3.0, NFS 4.0, TURBO"),
            (20, "cfs[2].mount_option", "without spaces"),
            (22, "cfs[3].local_path", "given twice"),
            (26, "goosefs[1].masters", "list of strings"),
            (28, "goosefsx[1].local_path", "/goosefsx/x_c60_54oi5id3_proxy"),
            (29, "goosefsx[1].masters", "55533"),
            (31, "cos.credentials", "auto, role, env, file, anonymous"),
            (32, "cos.endpoint", "http://HOST:PORT"),
            (34, "mount.timeout", "1 to 3600 seconds"),
            (35, "mount.parallelism", "expected an integer"),
            (37, "script.kill_grace", "is a date or time, expected an integer"),
            (39, "metadata.endpoint", "expected a string"),
            (41, "packages.extra", "\"-o\" is not a package name"),
            (42, "sorage", "did you mean storage?"),
        ];

        var diagnostics = Configs.Diagnostics(Text);
        foreach (var (line, key, remedy) in expected)
        {
            Assert.True(
                diagnostics.Any(diagnostic =>
                    diagnostic.StartsWith($"{Configs.File}:{line}: {key}: ", StringComparison.Ordinal)
                        && diagnostic.Contains(remedy, StringComparison.Ordinal)),
                $"line {line}, {key}, {remedy}: not in\n{string.Join('\n', diagnostics)}");
        }

        Assert.Contains(
            diagnostics,
            diagnostic =>
                diagnostic.StartsWith(
                    $"{Configs.File}:3: cluster.node_roles: is not a known key; did you mean node_role?", StringComparison.Ordinal));
        Assert.Equal(expected.Length + 1, diagnostics.Count);
    }

    [Fact]
    public void Only_the_first_syntax_error_is_reported() =>
        Assert.StartsWith(
            $"{Configs.File}:2:5: ",
            Assert.Single(Configs.Diagnostics("[cluster]\nid = \nnode_role = \nx==\n[open\n")),
            StringComparison.Ordinal);

    [Fact]
    public void Duplicate_key_gives_a_diagnostic_with_its_line() =>
        Assert.Equal(
            [$"{Configs.File}:4: cluster.id: is given twice, first in line 2; keep one of them"],
            Configs.Diagnostics(Configs.Cluster + "id = \"hpc-8hje8h13\""));

    [Fact]
    public void Duplicate_table_gives_a_diagnostic_with_its_line() =>
        Assert.Equal(
            [$"{Configs.File}:4: cluster: is given twice, first in line 1; keep one of them"],
            Configs.Diagnostics(Configs.Cluster + "[cluster]\nscheduler_type = \"SLURM\"\n"));

    [Theory]
    [InlineData("cluster", "clusters = 1")]
    [InlineData("cluster", "[cluster]\nid = \"hpc-8hje8h12\"\nnode_role = \"LOGIN\"\nscheduler = \"SLURM\"", "scheduler_type")]
    [InlineData("init_script", "[[init_script]]\nscript_path = \"file:///x\"\ntimeuot = 30", "timeout")]
    [InlineData("cfs", "[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"h:/\"\nmount_options = \"hard\"", "mount_option")]
    [InlineData("goosefs", "[[goosefs]]\nlocal_path = \"/g\"\nmasters = [\"h:9200\"]\nremotepath = \"/\"", "remote_path")]
    [InlineData("goosefsx", "[[goosefsx]]\nlocal_path = \"/goosefsx/a_proxy\"\nmasters = [\"h:55533\"]\nmaster = \"h:55533\"", "masters")]
    [InlineData("cos", "[cos]\ncredential = \"role\"", "credentials")]
    [InlineData("mount", "[mount]\nattempt-timeout = 5", "attempt_timeout")]
    [InlineData("script", "[script]\nkill_grece = 5", "kill_grace")]
    [InlineData("metadata", "[metadata]\nendpint = \"\"", "endpoint")]
    [InlineData("packages", "[packages]\nextras = [\"gcc\"]", "extra")]
    [InlineData("storage", "[storage]\noptionfile = \"/x\"", "option_file")]
    public void Unknown_key_in_any_table_suggests_the_similar_key(string table, string toml, string near = "cluster")
    {
        var text = toml.StartsWith("[cluster]", StringComparison.Ordinal)
            ? toml
            : toml.StartsWith('[')
            ? Configs.Cluster + toml
            : toml + "\n" + Configs.Cluster;
        var diagnostic = Assert.Single(Configs.Diagnostics(text));
        Assert.Contains(table, diagnostic, StringComparison.Ordinal);
        Assert.EndsWith($"is not a known key; did you mean {near}?", diagnostic, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_key_without_similar_key_lists_the_known_keys() =>
        Assert.Equal(
            [$"{Configs.File}:5: cos.region: is not a known key; known keys: credentials, endpoint"],
            Configs.Diagnostics(Configs.Cluster + "[cos]\nregion = \"ap-guangzhou\"\n"));

    [Fact]
    public void Unknown_kind_of_storage_is_an_unknown_key() =>
        Assert.Contains(
            ": cos_options: is not a known key; known keys: ",
            Assert.Single(Configs.Diagnostics(Configs.Cluster + "[[cos_options]]\nlocal_path = \"/bucket\"\n")),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("cluster = 1\n", "cluster: is an integer, expected a table: write [cluster]")]
    [InlineData("cfs = \"x\"\n" + Configs.Cluster, "cfs: is a string, expected [[cfs]]")]
    [InlineData(Configs.Cluster + "[cfs]\nlocal_path = \"/data\"\n", "cfs: is written [cfs], but it may be repeated; write [[cfs]]")]
    [InlineData("init_script = [1]\n" + Configs.Cluster, "init_script: is a list, expected [[init_script]]")]
    public void Value_in_place_of_a_table_is_reported_once(string toml, string diagnostic)
    {
        var line = Assert.Single(Configs.Diagnostics(toml));
        Assert.Contains(diagnostic, line, StringComparison.Ordinal);
        Assert.Matches($"^{Regex.Escape(Configs.File)}:[0-9]+: ", line);
    }

    [Fact]
    public void Diagnostic_is_always_one_line()
    {
        var diagnostic = Assert.Single(Configs.Diagnostics("[cluster]\nid = \"hpc-\\u001b[2J\\nx\"\nnode_role = \"COMPUTE\"\n"));
        Assert.Contains("\"hpc-?[2J?x\"", diagnostic, StringComparison.Ordinal);
    }

    // Linear time is a fraction of a second, quadratic time a minute.
    [Theory]
    [InlineData("[")]
    [InlineData("{a=")]
    [InlineData("[[a]]\n")]
    [InlineData("a.")]
    [InlineData("\"")]
    [InlineData("'''")]
    [InlineData("x\n")]
    [InlineData(" ")]
    [InlineData("“")]
    [InlineData("\\")]
    public void Long_text_gives_a_diagnostic_soon(string piece)
    {
        var text = "a = " + string.Concat(Enumerable.Repeat(piece, 100_000));
        Assert.InRange(ProcessorTime.Of(() => Assert.NotEmpty(Configs.Diagnostics(text))), TimeSpan.Zero, TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData("COMPUTE")]
    [InlineData("compute")]
    [InlineData("Compute")]
    public void Role_is_accepted_in_any_case(string role) =>
        Assert.Equal("COMPUTE", Configs.Load($"[cluster]\nid = \"hpc-8hje8h12\"\nnode_role = \"{role}\"\n").Config.Cluster.RoleName);

    [Theory]
    [InlineData("cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/test/echo.sh")]
    [InlineData("https://demo-1250000000.cos.ap-guangzhou.myqcloud.com/test/echo.sh?q-sign-algorithm=sha1&q-signature=x")]
    [InlineData("file:///root/echo.sh")]
    public void Script_location_is_accepted(string path) =>
        Assert.Single(Configs.Load($"{Configs.Cluster}[[init_script]]\nscript_path = \"{path}\"").Config.InitScripts);

    [Theory]
    [InlineData("/root/echo.sh")]
    [InlineData("echo.sh")]
    [InlineData("http://host/echo.sh")]
    [InlineData("cos://demo/echo.sh")]
    [InlineData("cos://demo.cos.ap-guangzhou.myqcloud.com/")]
    [InlineData("cos://demo.cos.ap-guangzhou.myqcloud.com/a?b")]
    [InlineData("cos://demo.cos.ap-guangzhou.myqcloud.com/a#b")]
    [InlineData("cos://demo.cos.ap-guangzhou.myqcloud.com:99/a")]
    [InlineData("cos://user@demo.cos.ap-guangzhou.myqcloud.com/a")]
    [InlineData("https:///echo.sh")]
    [InlineData("file://host/echo.sh")]
    [InlineData("file:///a?b")]
    public void Script_location_is_refused(string path) =>
        Assert.Contains(
            "is not a script location; use cos://",
            Assert.Single(Configs.Diagnostics($"{Configs.Cluster}[[init_script]]\nscript_path = \"{path}\"")),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/a/../b.sh")]
    [InlineData("cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/a/./b.sh")]
    [InlineData("cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/a/%2E%2e/b.sh")]
    [InlineData("cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/a/..")]
    [InlineData("https://example.com/a/../b.sh?x=1")]
    public void Script_path_with_dot_segments_is_refused(string path) =>
        Assert.Contains(
            "has . or .. between slashes",
            Assert.Single(Configs.Diagnostics($"{Configs.Cluster}[[init_script]]\nscript_path = \"{path}\"")),
            StringComparison.Ordinal);

    [Fact]
    public void Presigned_URL_has_at_most_4096_characters()
    {
        var longest = "https://example.com/a.sh?x-cos-security-token=".PadRight(4096, 'x');
        Assert.Single(Configs.Load($"{Configs.Cluster}[[init_script]]\nscript_path = \"{longest}\"").Config.InitScripts);
        Assert.Contains(
            "has 4097 characters; at most 4096 are allowed",
            Assert.Single(Configs.Diagnostics($"{Configs.Cluster}[[init_script]]\nscript_path = \"{longest}x\"")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Script_path_has_at_most_255_characters()
    {
        var longest = "file:///" + new string('x', 247);
        Assert.Single(Configs.Load($"{Configs.Cluster}[[init_script]]\nscript_path = \"{longest}\"").Config.InitScripts);
        Assert.Contains(
            "has 256 characters; at most 255 are allowed",
            Assert.Single(Configs.Diagnostics($"{Configs.Cluster}[[init_script]]\nscript_path = \"{longest}x\"")),
            StringComparison.Ordinal);
    }
}
