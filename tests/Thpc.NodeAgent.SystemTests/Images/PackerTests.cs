using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.SystemTests.Stages.Packages;

namespace Thpc.NodeAgent.SystemTests.Images;

/// <summary>Validates the template with Packer, and runs its shell scripts in private copies of this machine.</summary>
public sealed class PackerTests
{
    // Logs its arguments, and fails if requested.
    private const string StandIn = """
        #!/bin/sh
        echo "$*" >>/srv/calls
        exit "$(cat "/srv/exit.$1.$2" 2>/dev/null || echo 0)"
        """;

    private static readonly string Directory = Path.Combine(Repository.Root, "images/packer");

    [Theory]
    [InlineData]
    [InlineData("turbo=true", "ssh_username=ubuntu", "node_role=LOGIN", "image_name=mine", "extra_packages=a b", "vpc_id=vpc-abcdefgh",
        "subnet_id=subnet-abcdefgh")]
    public async Task Packer_accepts_template(params string[] variables)
    {
        Needs.Program("packer");
        _ = Agent.Executable; // The template names it.
        var run = await ValidateAsync(["source_image_id=img-9qrfy1xt", .. variables]);
        Assert.True(run.Succeeded, run.Output);
    }

    [Theory]
    [InlineData("source_image_id=ubuntu", "source_image_id wrong format")]
    [InlineData("turbo=maybe", "turbo")]
    public async Task Packer_rejects_invalid_values(string variable, string words)
    {
        Needs.Program("packer");
        var run = await ValidateAsync(["source_image_id=img-9qrfy1xt", variable]);
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains(words, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Install_adds_packages_agent_and_guard()
    {
        using var machine = Machine();
        foreach (var name in (string[])["nfs-common", "munge", "slurmd", "ypbind-mt", "yp-tools", "libnss-nis", "tool-one", "tool-two"])
        {
            machine.AddDeb(name);
        }

        var text = machine.Run("THPC_EXTRA_PACKAGES='tool-one tool-two' /tmp/script_1.sh");

        Assert.Equal("status --wait\n", machine.Read("/srv/cloud-init"));
        Assert.Contains("has all 8 packages that a COMPUTE node needs", text, StringComparison.Ordinal);
        Assert.Contains(
            "munge slurmd ypbind-mt yp-tools libnss-nis tool-one tool-two", Assert.Single(machine.AptInstalls()), StringComparison.Ordinal);
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
    public void Install_is_repeatable()
    {
        using var machine = Machine();
        machine.AddDeb("nfs-common");

        machine.Run("export THPC_SCHEDULER_TYPE=NONE THPC_ACCOUNT_TYPE=NONE; /tmp/script_1.sh; /tmp/script_1.sh");

        Assert.InRange(machine.AptInstalls().Count, 0, 1);
    }

    [Fact]
    public void Install_for_Turbo_requires_Lustre_client()
    {
        using var machine = Machine();
        machine.AddDeb("nfs-common");

        var text = machine.Run("THPC_TURBO=true THPC_SCHEDULER_TYPE=NONE THPC_ACCOUNT_TYPE=NONE /tmp/script_1.sh || echo \"exit $?\"");

        Assert.Contains("✗ mount.lustre, which mounts TURBO storage, is missing", text, StringComparison.Ordinal);
        Assert.EndsWith("exit 5\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Install_fails_without_package()
    {
        using var machine = Machine();

        var text = machine.Run(
            "THPC_EXTRA_PACKAGES=no-such-package THPC_SCHEDULER_TYPE=NONE THPC_ACCOUNT_TYPE=NONE /tmp/script_1.sh || echo \"exit $?\"");

        Assert.Contains("no-such-package", text, StringComparison.Ordinal);
        Assert.EndsWith("exit 1\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Seal_prepares_audits_and_removes_build_files()
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
    public void Seal_requires_successful_package_check()
    {
        using var machine = Sealing();
        machine.Write("/srv/exit.packages.check", "5");

        Assert.EndsWith("exit 5\n", machine.Run("/tmp/script_2.sh || echo \"exit $?\""), StringComparison.Ordinal);
        Assert.Equal("packages check --config /run/thpc-image.toml\n", machine.Read("/srv/calls"));
    }

    [Theory]
    [InlineData("prep", 2)]
    [InlineData("check", 5)]
    public void Seal_fails_with_agent(string command, int exitCode)
    {
        using var machine = Sealing();
        machine.Write($"/srv/exit.image.{command}", $"{exitCode}");

        Assert.EndsWith($"exit {exitCode}\n", machine.Run("/tmp/script_2.sh || echo \"exit $?\""), StringComparison.Ordinal);
    }

    private static Task<ProgramResult> ValidateAsync(IEnumerable<string> variables) => ProgramRunner.RunAsync(
        ["packer", "validate", .. variables.SelectMany(variable => (string[])["-var", variable]),
            Path.Combine(Directory, "thpc-node.pkr.hcl")],
        TimeSpan.FromMinutes(1),
        TestContext.Current.CancellationToken,
        new Dictionary<string, string>(ChildProcess.PlainEnvironment)
        {
            ["TENCENTCLOUD_SECRET_ID"] = "id",
            ["TENCENTCLOUD_SECRET_KEY"] = "key",
            ["CHECKPOINT_DISABLE"] = "1",
        });

    /// <summary>Copies in the files that the template uploads, and install.sh at Packer's path.</summary>
    private static PrivateMachine Machine()
    {
        var machine = PrivateMachine.MakeWithOwnRepository();
        // The copy shows the machine's own /tmp, which other programs change.
        machine.Run("for again in 1 2 3 4 5; do rm -rf /tmp/* /etc/thpc && break; sleep 0.1; done; [ ! -e /etc/thpc ]");
        machine.CopyIn(Agent.Executable, "/tmp/thpc-image/thpc-node-agent");
        var units = Path.Combine(Repository.Root, "images/systemd");
        foreach (var unit in System.IO.Directory.GetFiles(units, "*", SearchOption.AllDirectories))
        {
            machine.CopyIn(unit, $"/tmp/thpc-image/systemd/{Path.GetRelativePath(units, unit)}");
        }

        machine.CopyIn(Path.Combine(Directory, "install.sh"), "/tmp/script_1.sh");
        machine.Write("/srv/repo/Packages", "");

        // The machine's own cloud-init, if installed, waits forever if it has not run.
        machine.Write("/usr/local/bin/cloud-init", "#!/bin/sh\necho \"$*\" >>/srv/cloud-init\n", executable: true);
        return machine;
    }

    private static PrivateMachine Sealing()
    {
        var machine = PrivateMachine.Make();
        // The copy shows the machine's own /tmp, which other tests change.
        machine.Run("for again in 1 2 3 4 5; do rm -rf /tmp/* /srv && break; sleep 0.1; done; mkdir /srv");
        machine.Write("/usr/local/bin/thpc-node-agent", StandIn, executable: true);
        machine.Write("/tmp/thpc-image/thpc-node-agent", "");
        machine.Write("/run/thpc-image.toml", "");
        machine.CopyIn(Path.Combine(Directory, "seal.sh"), "/tmp/script_2.sh");
        return machine;
    }
}
