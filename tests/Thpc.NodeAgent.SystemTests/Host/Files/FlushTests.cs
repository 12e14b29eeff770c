using System.Text.RegularExpressions;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Host.Files;

/// <summary>The system calls that make a file durable, and what remains of it if one of them fails.</summary>
public sealed partial class FlushTests : IDisposable
{
    private const string Fstab = "10.0.0.1:/ /data nfs vers=3,x-thpc.cluster=hpc-8hje8h12 0 0\n# mine\n";

    private readonly TemporaryNode _node = new();

    public FlushTests()
    {
        _node.Write("/etc/fstab", Fstab);
        _node.AddScript("a.sh", "#!/bin/sh\n");
    }

    public void Dispose() => _node.Dispose();

    /// <summary>Else the name may lead to an empty file after a power cut, or the old file may be back.</summary>
    [Theory]
    [InlineData("bootstrap", "/var/lib/thpc-node-agent", "report.json")]
    [InlineData("bootstrap", "/var/lib/thpc-node-agent/scripts", "[^/]*.done")]
    [InlineData("storage remove /data", "/etc", "fstab")]
    public async Task File_is_flushed_before_its_rename_and_its_directory_after(string command, string path, string name)
    {
        Assert.Equal(0, (await TraceAsync(command, "trace=fsync,rename")).ExitCode);
        var directory = _node.On(path);
        var temporary = new Regex($"^{directory}/{name}.thpc-");
        var calls = (await File.ReadAllLinesAsync(_node.On("/trace"), TestContext.Current.CancellationToken))
            .Select(line => CallPattern().Match(line)).Where(match => match.Success)
            .Select(match => (Call: match.Groups["call"].Value, Path: match.Groups["path"].Value))
            .Where(call => call.Path == directory || temporary.IsMatch(call.Path))
            .Select(call => call.Path == directory ? "fsync directory" : call.Call).ToList();
        Assert.Equal(["fsync", "rename", "fsync directory"], calls.Skip(calls.LastIndexOf("rename") - 1).Take(3));
    }

    [Theory]
    [InlineData("fsync", "EIO", "Input/output error")]
    [InlineData("chown,fchown,lchown,fchownat", "EPERM", "cannot copy mode and owner")]
    public async Task File_stays_if_a_call_fails(string calls, string error, string message)
    {
        File.SetUnixFileMode(_node.On("/etc/fstab"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await ProgramRunner.RunAsync(
            ["chown", "12345:12345", _node.On("/etc/fstab")], TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        var run = await TraceAsync("storage remove /data", $"inject={calls}:error={error}");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("FSTAB_WRITE: ", run.Output, StringComparison.Ordinal);
        Assert.Contains(message, run.Output, StringComparison.Ordinal);
        Assert.Equal(Fstab, _node.Read("/etc/fstab"));
        Assert.Equal([_node.On("/etc/fstab")], Directory.GetFiles(_node.On("/etc"), "fstab*"));
    }

    private Task<ProgramResult> TraceAsync(string command, string expression)
    {
        Needs.RootUser();
        Needs.Program("strace");
        return ProgramRunner.RunAsync(
            ["strace", "-f", "-y", "-o", _node.On("/trace"), "-e", expression, Agent.Executable, .. command.Split(' '), "--root",
                _node.Directory],
            TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
    }

    [GeneratedRegex(@"^\d+ +(?:(?<call>fsync)\(\d+<(?<path>[^>]+)>|(?<call>rename)\(""(?<path>[^""]+)"")")]
    private static partial Regex CallPattern();
}
