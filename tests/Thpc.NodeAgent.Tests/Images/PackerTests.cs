using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Tests.Stages.Packages;
using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Images;

/// <summary>The Packer template by Packer's own word, and its shell steps for real in private copies of this machine.</summary>
public sealed class PackerTests
{
    // Notes what it is asked, and fails as it is told to.
    private const string StandIn = """
        #!/bin/sh
        echo "$*" >>/srv/calls
        exit "$(cat "/srv/exit.$1.$2" 2>/dev/null || echo 0)"
        """;

    private static readonly string Directory = Path.Combine(Agent.Repository, "images/packer");

    [Theory]
    [InlineData]
    [InlineData("turbo=true", "ssh_username=ubuntu", "node_role=LOGIN", "image_name=mine", "extra_packages=a b", "vpc_id=vpc-abcdefgh", "subnet_id=subnet-abcdefgh")]
    public async Task Packer_finds_the_template_valid(params string[] variables)
    {
        Needs.Program("packer");
        var run = await ValidateAsync(["source_image_id=img-9qrfy1xt", .. variables]);
        Assert.True(run.Succeeded, run.Output);
    }

    [Theory]
    [InlineData("source_image_id=ubuntu", "source_image_id wrong format")]
    [InlineData("turbo=maybe", "turbo")]
    public async Task Packer_refuses_what_its_builder_cannot_take(string variable, string words)
    {
        Needs.Program("packer");
        var run = await ValidateAsync(["source_image_id=img-9qrfy1xt", variable]);
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains(words, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Install_brings_the_roles_packages_the_agent_and_its_guard_and_nothing_of_a_cluster()
    {
        using var machine = Machine();
        foreach (var name in (string[])["nfs-common", "munge", "slurmd", "ypbind-mt", "yp-tools", "libnss-nis", "tool-one", "tool-two"])
        {
            machine.AddDeb(name);
        }

        var text = machine.Run("THPC_EXTRA_PACKAGES='tool-one tool-two' /tmp/script_1.sh");

        Assert.Equal("status --wait\n", machine.Read("/srv/cloud-init"));
        Assert.Contains("has all 8 packages that a COMPUTE node needs", text, StringComparison.Ordinal);
        Assert.Contains("munge slurmd ypbind-mt yp-tools libnss-nis tool-one tool-two", Assert.Single(machine.AptInstalls()), StringComparison.Ordinal);
        machine.Run("""
            [ -x /usr/local/bin/thpc-node-agent ]
            [ -L /etc/systemd/system/sysinit.target.wants/thpc-node-agent-guard.service ]
            [ -f /etc/systemd/system/thpc-node-agent.service ]
            [ -L /etc/systemd/system/multi-user.target.wants/thpc-node-agent.service ]
            [ -f /etc/systemd/system/slurmd.service.d/zz-thpc-node-agent.conf ]
            [ ! -e /etc/thpc/node-agent.toml ]
            [ ! -e /root/thpc_preinstalled.json ]
            """);
    }

    [Fact]
    public void Install_can_be_run_again()
    {
        using var machine = Machine();
        machine.AddDeb("nfs-common");

        machine.Run("export THPC_SCHEDULER_TYPE=NONE THPC_ACCOUNT_TYPE=NONE; /tmp/script_1.sh; /tmp/script_1.sh");

        Assert.InRange(machine.AptInstalls().Count, 0, 1);
    }

    [Fact]
    public void Install_fails_where_no_Lustre_client_came_with_an_image_for_Turbo()
    {
        using var machine = Machine();
        machine.AddDeb("nfs-common");

        var text = machine.Run("THPC_TURBO=true THPC_SCHEDULER_TYPE=NONE THPC_ACCOUNT_TYPE=NONE /tmp/script_1.sh || echo \"exit $?\"");

        Assert.Contains("✗ mount.lustre is missing", text, StringComparison.Ordinal);
        Assert.EndsWith("exit 5\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Install_fails_where_a_package_cannot_be_had()
    {
        using var machine = Machine();

        var text = machine.Run("THPC_EXTRA_PACKAGES=no-such-package THPC_SCHEDULER_TYPE=NONE THPC_ACCOUNT_TYPE=NONE /tmp/script_1.sh || echo \"exit $?\"");

        Assert.Contains("no-such-package", text, StringComparison.Ordinal);
        Assert.EndsWith("exit 1\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Seal_prepares_and_audits_with_a_stand_in_for_the_agent_and_leaves_nothing_of_the_build()
    {
        using var machine = Sealing();

        machine.Run("THPC_OPERATIONS=defaults,tmp /tmp/script_2.sh");

        Assert.Equal(
            """
            packages check --config /run/thpc-image.toml
            image prep --config /run/thpc-image.toml --yes --operations=defaults,tmp
            image check --config /run/thpc-image.toml --operations=defaults,tmp

            """,
            machine.Read("/srv/calls"));
        machine.Run("[ ! -e /tmp/thpc-image ] && [ ! -e /tmp/script_2.sh ] && [ ! -e /run/thpc-image.toml ]");
    }

    [Fact]
    public void Seal_does_not_begin_where_nodes_would_not_work()
    {
        using var machine = Sealing();
        machine.Write("/srv/exit.packages.check", "5");

        Assert.EndsWith("exit 5\n", machine.Run("/tmp/script_2.sh || echo \"exit $?\""), StringComparison.Ordinal);
        Assert.Equal("packages check --config /run/thpc-image.toml\n", machine.Read("/srv/calls"));
    }

    [Theory]
    [InlineData("prep", 2)]
    [InlineData("check", 5)]
    public void Seal_fails_where_the_agent_does(string command, int exitCode)
    {
        using var machine = Sealing();
        machine.Write($"/srv/exit.image.{command}", $"{exitCode}");

        Assert.EndsWith($"exit {exitCode}\n", machine.Run("/tmp/script_2.sh || echo \"exit $?\""), StringComparison.Ordinal);
    }

    private static Task<ProgramResult> ValidateAsync(IEnumerable<string> variables) => ProgramRunner.RunAsync(
        ["packer", "validate", .. variables.SelectMany(variable => (string[])["-var", variable]), Path.Combine(Directory, "thpc-node.pkr.hcl")],
        TimeSpan.FromMinutes(1),
        TestContext.Current.CancellationToken,
        new Dictionary<string, string>(ChildProcess.PlainEnvironment) { ["TENCENTCLOUD_SECRET_ID"] = "id", ["TENCENTCLOUD_SECRET_KEY"] = "key", ["CHECKPOINT_DISABLE"] = "1" });

    /// <summary>What the template's steps have uploaded, and install.sh as Packer puts it there.</summary>
    private static PrivateMachine Machine()
    {
        var machine = PrivateMachine.MakeWithOwnRepository();
        machine.Run("rm -rf /tmp/* /etc/thpc");
        machine.CopyIn(Agent.Executable, "/tmp/thpc-image/thpc-node-agent");
        var units = Path.Combine(Agent.Repository, "images/systemd");
        foreach (var unit in System.IO.Directory.GetFiles(units, "*", SearchOption.AllDirectories))
        {
            machine.CopyIn(unit, $"/tmp/thpc-image/systemd/{Path.GetRelativePath(units, unit)}");
        }

        machine.CopyIn(Path.Combine(Directory, "install.sh"), "/tmp/script_1.sh");
        machine.Write("/srv/repo/Packages", "");

        // The machine's own, where it has one, waits for ever where it has not run.
        machine.Write("/usr/local/bin/cloud-init", "#!/bin/sh\necho \"$*\" >>/srv/cloud-init\n", executable: true);
        return machine;
    }

    private static PrivateMachine Sealing()
    {
        var machine = PrivateMachine.Make();
        // Other tests come and go in the machine's own /tmp, which is seen through this copy of it.
        machine.Run("for again in 1 2 3 4 5; do rm -rf /tmp/* /srv && break; sleep 0.1; done; mkdir /srv");
        machine.Write("/usr/local/bin/thpc-node-agent", StandIn, executable: true);
        machine.Write("/tmp/thpc-image/thpc-node-agent", "");
        machine.Write("/run/thpc-image.toml", "");
        machine.CopyIn(Path.Combine(Directory, "seal.sh"), "/tmp/script_2.sh");
        return machine;
    }
}
