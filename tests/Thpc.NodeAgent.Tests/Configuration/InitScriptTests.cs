using Thpc.NodeAgent.Configuration;

namespace Thpc.NodeAgent.Tests.Configuration;

public sealed class InitScriptTests
{
    private const string Script = "[[init_script]]\nscript_path = \"file:///a.sh\"\n";

    [Fact]
    public void Script_runs_once_on_all_roles_without_arguments_by_default()
    {
        var script = Load("");
        Assert.Empty(script.Args);
        Assert.Empty(script.Roles);
        Assert.False(script.EveryBoot);
        Assert.All(Enum.GetValues<NodeRole>(), role => Assert.True(script.IsFor(role)));
    }

    [Fact]
    public void Arguments_are_not_changed()
    {
        var script = Load("""
            args = ["--share", "/data", "", "a b", "$(id)", "脚本", "-x\ty"]
            """);
        Assert.Equal(["--share", "/data", "", "a b", "$(id)", "脚本", "-x\ty"], script.Args);
    }

    [Theory]
    [InlineData("COMPUTE", "Compute")]
    [InlineData("login", "Login")]
    [InlineData("Manager", "Manager")]
    [InlineData("MANAGER_BACKUP", "ManagerBackup")]
    [InlineData("manager_backup", "ManagerBackup")]
    [InlineData("ManagerBackup", "ManagerBackup")]
    public void Role_has_the_same_spellings_in_roles_node_role_environment_and_flag(string spelling, string role)
    {
        var expected = Enum.Parse<NodeRole>(role);
        Assert.Equal([expected], Load($"roles = [\"{spelling}\"]").Roles);
        Assert.Equal(expected, Configs.Load($"[cluster]\nid = \"hpc-8hje8h12\"\nnode_role = \"{spelling}\"").Config.Cluster.Role);
        Assert.Equal(expected, Configs.Load(Configs.Cluster, environment: [("THPC_NODE_ROLE", spelling)]).Config.Cluster.Role);
        Assert.Equal(expected, Configs.Load(Configs.Cluster, overrides: new ConfigOverrides { NodeRole = spelling }).Config.Cluster.Role);
    }

    [Fact]
    public void Roles_select_the_nodes_that_run_a_script()
    {
        var script = Load("roles = [\"LOGIN\", \"ManagerBackup\"]");
        Assert.Equal([NodeRole.Login, NodeRole.ManagerBackup], Enum.GetValues<NodeRole>().Where(script.IsFor));
    }

    [Theory]
    [InlineData("once", false)]
    [InlineData("every-boot", true)]
    [InlineData("Every-Boot", true)]
    public void Run_selects_once_or_every_boot(string run, bool everyBoot) => Assert.Equal(everyBoot, Load($"run = \"{run}\"").EveryBoot);

    [Fact]
    public void All_errors_are_reported_at_once_with_their_lines()
    {
        var diagnostics = Configs.Diagnostics(Configs.Cluster + Script + """
            args = ["a\u0000b"]
            roles = ["COMPUTE", "HEAD"]
            run = "always"
            [[init_script]]
            script_path = "file:///b.sh"
            args = "one two"
            roles = "COMPUTE"
            run = true
            [[init_script]]
            script_path = "file:///c.sh"
            args = [1]
            roles = [""]
            arg = []
            """);
        Assert.Equal(
            [
                "/etc/thpc/node-agent.toml:6: init_script[1].args: argument 1 contains a NUL character, which an argument cannot have",
                "/etc/thpc/node-agent.toml:7: init_script[1].roles: \"HEAD\" is not known; use COMPUTE, LOGIN, MANAGER, MANAGER_BACKUP",
                "/etc/thpc/node-agent.toml:8: init_script[1].run: \"always\" is not known; use once, every-boot",
                "/etc/thpc/node-agent.toml:11: init_script[2].args: is a string, expected a list of strings such as [\"a\", \"b\"]",
                "/etc/thpc/node-agent.toml:12: init_script[2].roles: is a string, expected a list of strings such as [\"a\", \"b\"]",
                "/etc/thpc/node-agent.toml:13: init_script[2].run: is true or false, expected a string",
                "/etc/thpc/node-agent.toml:16: init_script[3].args: is a list, expected a list of strings such as [\"a\", \"b\"]",
                "/etc/thpc/node-agent.toml:17: init_script[3].roles: \"\" is not known; use COMPUTE, LOGIN, MANAGER, MANAGER_BACKUP",
                "/etc/thpc/node-agent.toml:18: init_script[3].arg: is not a known key; did you mean args?",
            ],
            diagnostics);
    }

    [Theory]
    [InlineData(64, 4096, null)]
    [InlineData(65, 1, "has 65 arguments; at most 64 are allowed")]
    [InlineData(1, 4097, "argument 1 has 4097 bytes; at most 4096 are allowed")]
    public void Arguments_are_bounded_in_number_and_size(int count, int bytes, string? diagnostic)
    {
        var toml = $"{Configs.Cluster}{Script}args = [{string.Join(", ", Enumerable.Repeat($"\"{new string('x', bytes)}\"", count))}]";
        if (diagnostic is null)
        {
            Assert.Equal(count, Configs.Load(toml).Config.InitScripts[0].Args.Count);
        }
        else
        {
            Assert.Equal([$"/etc/thpc/node-agent.toml:6: init_script[1].args: {diagnostic}"], Configs.Diagnostics(toml));
        }
    }

    [Fact]
    public void Effective_settings_include_args_roles_and_run()
    {
        var settings = Configs.Load($"{Configs.Cluster}{Script}args = [\"-v\", \"/data\"]\nroles = [\"LOGIN\"]").Settings;
        Assert.Contains(
            settings, setting => setting is { Key: "init_script[1].args", Value: "-v, /data", Origin: "/etc/thpc/node-agent.toml:6" });
        Assert.Contains(
            settings, setting => setting is { Key: "init_script[1].roles", Value: "LOGIN", Origin: "/etc/thpc/node-agent.toml:7" });
        Assert.Contains(settings, setting => setting is { Key: "init_script[1].run", Value: "once", Origin: "default" });
    }

    private static InitScript Load(string lines) => Configs.Load(Configs.Cluster + Script + lines).Config.InitScripts[0];
}
