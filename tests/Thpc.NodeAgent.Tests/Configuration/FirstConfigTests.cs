using CsCheck;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Tests.Configuration;

public sealed class FirstConfigTests
{
    private static readonly FirstConfig Minimal = new() { ClusterId = "hpc-8hje8h12", NodeRole = "LOGIN" };

    [Fact]
    public void File_has_the_values_and_every_key_in_comments()
    {
        var first = Minimal with
        {
            SchedulerType = "SGE",
            AccountType = "LDAP",
            InitScripts = ["cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/a.sh", "file:///b.sh"],
            LocalPath = "/opt",
            RemotePath = "172.30.2.180@tcp0:/4fe1839b/cfs",
        };
        var text = first.Write(Configs.File);
        var config = Configs.Load(text).Config;
        Assert.Equal(new ClusterSettings("hpc-8hje8h12", NodeRole.Login, "SGE", "LDAP"), config.Cluster);
        Assert.Equal(first.InitScripts, config.InitScripts.Select(script => script.DisplayName));
        Assert.Equal(
            new CfsStorage("/opt", "172.30.2.180@tcp0", "/4fe1839b/cfs", CfsProtocol.Turbo, null), Assert.Single(config.Storage));
        Assert.All(ConfigKeys.All, key => Assert.Matches($"(?m)^#?{key.Name} = ", text));
        Assert.All(text.Split('\n'), line => Assert.InRange(line.Length, 0, 120));
        Assert.DoesNotContain("Save this file", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Invalid_value_is_named_by_its_option()
    {
        var error = Assert.Throws<AgentException>(() => new FirstConfig
        {
            ClusterId = "x",
            NodeRole = "y",
            SchedulerType = "NULL",
            AccountType = "-",
            InitScripts = ["z"],
            LocalPath = "/etc",
            RemotePath = "host",
        }.Write(Configs.File));
        Assert.Equal(
            [
                "--cluster-id", "--node-role", "--scheduler-type", "--account-type", "--init-script", "--local-path", "--remote-path",
            ],
            error.Message.Split('\n').Select(line => line.Split(' ', ':')[1]));
        Assert.Contains("option", error.Hint.English, StringComparison.Ordinal);
    }

    [Fact]
    public void Problem_ignores_what_is_not_given_yet()
    {
        Assert.Null(new FirstConfig().Problem());
        Assert.Null(new FirstConfig { RemotePath = "172.30.3.90:/" }.Problem());
        Assert.Null(new FirstConfig { LocalPath = "/data" }.Problem());
        Assert.StartsWith("cluster.id: \"x\" is not a cluster id", new FirstConfig { ClusterId = "x" }.Problem(), StringComparison.Ordinal);
    }

    [Fact]
    public void Any_path_is_refused_or_read_back_unchanged()
    {
        var taken = 0;
        Gen.String[Gen.OneOf(Gen.Char["ab\"'\\ #=[]{}é数“”\t"], Gen.Char), 1, 12].Sample(
            name =>
            {
                var first = Minimal with { LocalPath = $"/data/{name}", RemotePath = "172.30.3.90:/" };
                if (first.Problem() is null)
                {
                    Interlocked.Increment(ref taken);
                    var storage = Assert.Single(Configs.Load(first.Write(Configs.File)).Config.Storage);
                    Assert.Equal(LocalPath.Normalize(first.LocalPath), storage.LocalPath);
                }
            },
            iter: 500);
        Assert.True(taken > 50, $"only {taken} were taken");
    }
}
