using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Architecture;

public sealed class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Path.Combine(Agent.Repository, "README.md"));

    [Fact]
    public void Every_error_code_is_in_the_readme_with_its_remedy() =>
        Assert.All(ErrorCode.All, code => Assert.Contains($"| `{code.Name}` | {code.Hint} |", Readme, StringComparison.Ordinal));

    [Fact]
    public void Every_error_code_is_listed_once() =>
        Assert.Equal(
            typeof(ErrorCode).GetFields().Where(field => field.IsStatic && field.FieldType == typeof(ErrorCode)).Select(field => ((ErrorCode)field.GetValue(null)!).Name).Order(StringComparer.Ordinal),
            ErrorCode.All.Select(code => code.Name).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("id")]
    [InlineData("node_role")]
    [InlineData("scheduler_type")]
    [InlineData("account_type")]
    [InlineData("script_path")]
    [InlineData("sha256")]
    [InlineData("on_failure")]
    [InlineData("local_path")]
    [InlineData("remote_path")]
    [InlineData("protocol")]
    [InlineData("storage_type")]
    [InlineData("mount_option")]
    [InlineData("file_system_id")]
    [InlineData("masters")]
    [InlineData("option_file")]
    [InlineData("goosefs_home")]
    [InlineData("goosefsx_installer")]
    [InlineData("goosefsx_installer_timeout")]
    [InlineData("credentials")]
    [InlineData("endpoint")]
    [InlineData("timeout")]
    [InlineData("attempt_timeout")]
    [InlineData("parallelism")]
    [InlineData("kill_grace")]
    [InlineData("extra")]
    [InlineData("lock_timeout")]
    [InlineData("textfile")]
    [InlineData("directory")]
    public void Every_key_of_the_configuration_is_in_the_readme(string key) =>
        Assert.Matches($"`(\\[+[a-z_]+\\]+`? ?)?`?{key}`", Readme);
}
