using CsCheck;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Stages.Packages;

namespace Thpc.NodeAgent.SystemTests.Security;

/// <summary>
/// A value from configuration, API or a name becomes exactly one argument, field or word, or is refused. mount(8) is a
/// stand-in that logs its arguments; for lines of fstab and units see <c>BadInputProperties</c>.
/// </summary>
public sealed class ArgumentTests : IDisposable
{
    private const string Machine = """
        mount -t overlay -o "lowerdir=$node/stand-ins:/usr/local/sbin" overlay /usr/local/sbin
        agent bootstrap >"$node/said"; echo "exit $?"
        """;

    private static readonly string[] Odd =
        ["-o=Dpkg::Pre-Invoke::=id", "--allow-unauthenticated", "munge", "/tmp/x.deb", "libc6:amd64", "a-", "slurmd+"];

    private readonly TemporaryNode _node = new();
    private readonly System.Net.Sockets.TcpListener _server = GooseFsNodes.Listen("127.0.97.1", 2049);

    public ArgumentTests() =>
        File.SetUnixFileMode(
            _node.Write(
                "/stand-ins/mount",
                $"#!/bin/sh\nfor argument; do printf '%s\\0' \"$argument\"; done >'{_node.On("/called")}'\necho 'mount.nfs: Operation "
                    + $"not permitted'\nexit 32\n"), (UnixFileMode)0x1ED);

    public void Dispose()
    {
        _server.Dispose();
        _node.Dispose();
    }

    public static TheoryData<string, string, bool> Words
    {
        get
        {
            var rows = new TheoryData<string, string, bool>();
            foreach (var (key, value, taken) in ((string, string, bool)[])
                     [
                         ("local_path", "/--bind", true), ("local_path", "/a b", true), ("local_path", "/a,exec,suid", true),
                         ("local_path", "/$(touch %n)", true), ("local_path", "/`touch %n`", true), ("local_path", "/a'\"b", true),
                         ("local_path", "/a;touch %n", true), ("local_path", "/a\\040b", true), ("local_path", "/*", true),
                         ("local_path", "/-", true),
                         ("local_path", "--bind", false), ("local_path", "/a\tb", false),
                         ("local_path", "/a\n/dev/sdb / ext4 suid 0 0", false), ("local_path", "/a\0b", false),
                         ("local_path", "/a/../../etc", false), ("local_path", "/a/./b", false),
                         ("remote_path", "127.0.97.1:/--bind", true), ("remote_path", "127.0.97.1:/a b", true),
                         ("remote_path", "127.0.97.1:/a,exec,suid", true), ("remote_path", "127.0.97.1:/$(touch %n)", true),
                         ("remote_path", "127.0.97.1:/a'\"b", true),
                         ("remote_path", "-oproxycommand=touch:/", false), ("remote_path", "--bind", false),
                         ("remote_path", "127.0.97.1 -o suid:/", false), ("remote_path", "127.0.97.1:/a\tb", false),
                         ("remote_path", "127.0.97.1:/a\nb", false), ("remote_path", "127.0.97.1:/a\0b", false),
                         ("remote_path", "127.0.97.1:/../etc", false), ("remote_path", "$(touch %n):/", false),
                         ("mount_option", "vers=3,nosuid,nodev", true), ("mount_option", "vers=3,exec,suid", true),
                         ("mount_option", "-o", false), ("mount_option", "rw -o suid", false), ("mount_option", "rw\tsuid", false),
                         ("mount_option", "rw\n/dev/sdb / ext4 suid 0 0", false), ("mount_option", "rw,$(touch %n)", false),
                         ("mount_option", "rw\0,suid", false), ("mount_option", "rw,x-thpc.cluster=hpc-00000000", false),
                         ("mount_option", "rw,--bind", false), ("mount_option", "a='b'", false),
                     ])
            {
                rows.Add(key, value, taken);
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Words))]
    public async Task Mount_gets_each_value_as_one_argument_or_not_at_all(string key, string value, bool taken)
    {
        value = value.Replace("%n", _node.On("/made"), StringComparison.Ordinal);
        string Of(string other, string usual) => key == other ? value : usual;
        var (local, remote, option) = (Of("local_path", "/data"), Of("remote_path", "127.0.97.1:/"), Of("mount_option", "vers=3"));
        _node.Configure(
            $"[mount]\ntimeout = 1\n[[cfs]]\nlocal_path = {Configs.Quoted(local)}\nremote_path = {Configs.Quoted(remote)}\nmount_option "
                + $"= {Configs.Quoted(option)}\n");
        Assert.Equal(taken ? "exit 1\n" : "exit 2\n", await MountNamespace.RunAsync(_node, Machine));
        Assert.Equal(taken, _node.Has("/called"));
        if (taken)
        {
            Assert.Equal(["-t", "nfs", "-o", $"{option},retry=0", "--", remote, _node.On(local), ""], _node.Read("/called").Split('\0'));
        }

        Assert.False(_node.Has("/made"));
        Assert.False(_node.Has("/etc/fstab"));
    }

    [Theory]
    [InlineData("THPC_CLUSTER_ID", "hpc-8hje8h12\nTHPC_X=1")]
    [InlineData("THPC_CLUSTER_ID", "--help")]
    [InlineData("THPC_CLUSTER_ID", "hpc-$(id)")]
    [InlineData("THPC_SCHEDULER_TYPE", "SLURM\nLD_PRELOAD=/x")]
    [InlineData("THPC_ACCOUNT_TYPE", "NIS NIS")]
    [InlineData("THPC_NODE_ROLE", "-COMPUTE")]
    public async Task Environment_variable_cannot_add_another(string name, string value)
    {
        _node.AddScript("a.sh", $"#!/bin/sh\ntouch '{_node.On("/made")}'\n");
        Assert.Equal(2, (await Agent.RunAsync(_node, new Dictionary<string, string> { [name] = value }, "bootstrap")).ExitCode);
        Assert.False(_node.Has("/made"));
    }

    [Theory]
    [InlineData("-c")]
    [InlineData("--rcfile=x")]
    [InlineData("a b")]
    [InlineData("$(touch made)")]
    [InlineData("a\nb")]
    [InlineData("a'\"b")]
    public async Task Script_name_is_never_an_option_of_its_interpreter(string name)
    {
        Needs.RootUser();
        _node.Write($"/scripts/{name}", "#!/bin/bash\necho \"$0 $#\"\n");
        _node.Configure($"[[init_script]]\nscript_path = \"file:///scripts/{Uri.EscapeDataString(name)}\"\n");
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.Equal($"{_node.On("/var/lib/thpc-node-agent/scripts/init-script-1")} 0\n", _node.Log());
    }

    [Theory]
    [InlineData("../victim/x")]
    [InlineData("--target-directory=..")]
    [InlineData("-f")]
    [InlineData("$(touch made)")]
    [InlineData("a b")]
    [InlineData(".hidden")]
    public async Task Node_name_stays_inside_its_directory(string name)
    {
        Needs.RootUser();
        Directory.CreateDirectory(_node.On("/victim"));
        _node.Write("/var/lib/cloud/data/instance-id", name + "\n");
        _node.Configure("[fleet]\ndirectory = \"/fleet\"\n");
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.Empty(_node.Report().Warnings);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_node.On("/victim")));
        Assert.Matches(
            @"^[A-Za-z0-9_-][A-Za-z0-9._-]*\.json\z",
            Path.GetFileName(Assert.Single(Directory.EnumerateFileSystemEntries(_node.On("/fleet")))));
    }

    [Fact]
    public void Package_names_are_no_options_and_values_are_single_words()
    {
        var accepted = 0;
        var words = Gen.OneOf(
            Gen.Char["ab1.-_+:/ \n\t\0$`'\"=;,*"].Array[0, 8].Select(chars => new string(chars)),
            Gen.Int[0, Odd.Length - 1].Select(index => Odd[index]));
        Gen.Select(words, words, words).Sample((package, scheduler, account) =>
        {
            try
            {
                var config = Configs.Load(
                    $"{Configs.Cluster}scheduler_type = {Configs.Quoted(scheduler)}\naccount_type "
                        + $"= {Configs.Quoted(account)}\n[packages]\nextra = [{Configs.Quoted(package)}]\n").Config;
                Assert.All(
                    (string[])[config.Cluster.SchedulerType, config.Cluster.AccountType],
                    word => Assert.Matches("^[A-Za-z0-9_]+\\z", word));
                foreach (var family in Enum.GetValues<PackageFamily>())
                {
                    var command = new ManagerCommands(family, new("/")).Install(config.Packages.Extra);
                    Assert.Equal(package, command[^1]);
                    Assert.Matches("^[A-Za-z0-9]", command[^1]);
                    Assert.DoesNotContain(command[^1], c => c is '/' or '=' || char.IsWhiteSpace(c));
                }

                Interlocked.Increment(ref accepted);
            }
            catch (AgentException e) when (e.Code.Name == "CONFIG_INVALID")
            {
                // Refused: nothing is created.
            }
        }, iter: 20_000);
        Assert.True(accepted > 4, $"only {accepted} were accepted: that proves little");
    }
}
