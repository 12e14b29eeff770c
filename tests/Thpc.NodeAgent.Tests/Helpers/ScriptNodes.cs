using System.Text;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>Helpers for init scripts on a temporary node.</summary>
internal static class ScriptNodes
{
    /// <summary>Writes a script file and adds it to the configuration.</summary>
    /// <param name="more">Additional lines of its section, such as `on_failure = "continue"`.</param>
    public static TemporaryNode AddScript(this TemporaryNode node, string name, string text, int timeout = 60, string more = "") =>
        node.AddScript(name, Encoding.UTF8.GetBytes(text), timeout, more);

    public static TemporaryNode AddScript(this TemporaryNode node, string name, byte[] content, int timeout = 60, string more = "")
    {
        Directory.CreateDirectory(node.On("/scripts"));
        File.WriteAllBytes(node.On("/scripts/" + name), content);
        node.Configure($"[[init_script]]\nscript_path = \"file:///scripts/{name}\"\ntimeout = {timeout}\n{more}");
        return node;
    }

    public static Report Report(this TemporaryNode node) =>
        ReportJson.Read(StateFiles.ReadReport(node.Root)) ?? throw new InvalidDataException("no report");

    public static string Log(this TemporaryNode node, int number = 1) => node.Read($"/var/log/thpc-node-agent/init-script-{number}.log");

    /// <returns>The error of the first failed step.</returns>
    public static ErrorReport? ScriptError(this TemporaryNode node) =>
        node.Report().Stages.Single(stage => stage.Name == "script").Steps.FirstOrDefault(step => step.Error is not null)?.Error;

    /// <summary>Creates a FIFO. Opening it for reading blocks until a writer opens it.</summary>
    public static string MakeFifo(this TemporaryNode node, string name)
    {
        var path = node.On("/" + name);
        using var made = System.Diagnostics.Process.Start("mkfifo", [path]);
        made.WaitForExit();
        return path;
    }

    /// <summary>Waits for a file that a script creates to show its progress.</summary>
    public static async Task WaitForFileAsync(string path)
    {
        using var timer = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!File.Exists(path))
        {
            await Task.Delay(10, timer.Token);
        }
    }
}
