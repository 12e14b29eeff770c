using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Stages;
using Thpc.NodeAgent.Stages.Mount;

namespace Thpc.NodeAgent.Tests.Stages.Mount;

/// <summary>Nothing listens on the servers' ports here; the boot test makes real mounts.</summary>
public sealed class MountStageTests
{
    [Fact]
    public async Task Opt_is_first_and_nested_mounts_need_their_parent()
    {
        using var node = new TemporaryNode();
        var plan = await PlanAsync(node, "/data/deep/er", "/data", "/zoo", "/opt", "/data/deep", "/opt/apps");
        Assert.Equal(["/opt", "/data", "/zoo", "/data/deep", "/opt/apps", "/data/deep/er", "visible"], plan.Steps.Select(Path));
        Assert.All(plan.Steps.Skip(1), step => Assert.Contains(plan.Steps[0], step.After));
        Assert.Equal(["/data", "/data/deep"], plan.Steps.Single(step => Path(step) == "/data/deep/er").Needs.Select(Path));
        Assert.Equal(["/opt"], plan.Steps.Single(step => Path(step) == "/opt/apps").Needs.Select(Path));
        Assert.Empty(plan.Steps.Single(step => Path(step) == "/zoo").Needs);
        Assert.Equal(8, plan.Parallelism);
    }

    private static string Path(Step step) => step.Summary[(step.Summary.LastIndexOf(' ') + 1)..];

    private static string Cfs(string localPath, string remotePath) =>
        $"[[cfs]]\nlocal_path = \"{localPath}\"\nremote_path = \"{remotePath}\"\nprotocol = \"NFS 4.0\"\n";

    private static Task<StagePlan> PlanAsync(TemporaryNode node, params string[] localPaths)
    {
        var config = ConfigLoader.Load(
            TemporaryNode.Config + string.Concat(localPaths.Select(path => Cfs(path, "10.0.0.1:/"))), "test.toml",
            new Dictionary<string, string>(), new ConfigOverrides(), _ => "");
        return new MountStage(DriverContext.Create(config.Config, node.Root), config.Config.Storage).PlanAsync(
            TestContext.Current.CancellationToken);
    }
}
