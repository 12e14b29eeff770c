using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Stages;
using Thpc.NodeAgent.Stages.Packages;

namespace Thpc.NodeAgent.SystemTests.Stages.Packages;

/// <summary>
/// A private copy of this machine: an overlay of / in a mount namespace of its own, reached through /proc/PID/root. Packages
/// installed there never touch the machine, and disappear with the process that holds the namespace.
/// </summary>
internal sealed class PrivateMachine : IDisposable
{
    private const string Mounts = """
        set -e
        mount -t tmpfs tmpfs "$1"
        mkdir "$1/upper" "$1/work" "$1/root"
        mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
        mount --rbind /dev "$1/root/dev"
        mount -t proc proc "$1/root/proc"
        echo ready
        exec cat
        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("thpc-machine-").FullName;
    private readonly Process _holder;

    private PrivateMachine()
    {
        _holder =
            Process.Start(new ProcessStartInfo("unshare", ["--mount", "--propagation", "private", "sh", "-c", Mounts, "sh", _directory])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        Root = new NodeRoot($"/proc/{_holder.Id}/root{_directory}/root");
    }

    public NodeRoot Root { get; }

    /// <summary>Skips the test if a copy cannot be made or this is not Debian.</summary>
    public static PrivateMachine Make()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: it makes a private copy of the machine in a mount namespace");
        Assert.SkipUnless(
            ProgramFinder.Find(new NodeRoot("/"), "apt-get") is not null, "needs a Debian machine: it runs the real apt and dpkg");
        var machine = new PrivateMachine();
        if (machine._holder.StandardOutput.ReadLine() != "ready")
        {
            var words = machine._holder.StandardError.ReadToEnd();
            machine.Dispose();
            Assert.Fail($"a private copy of the machine cannot be made: {words}");
        }

        machine.Forget("/root/thpc_preinstalled.json");
        return machine;
    }

    /// <summary>A copy whose apt has only one repository: a directory in the copy, filled by <see cref="AddDeb"/>.</summary>
    public static PrivateMachine MakeWithOwnRepository(string uri = "file:/srv/repo")
    {
        var machine = Make();
        machine.Run("rm -rf /etc/apt/sources.list.d /etc/apt/apt.conf.d/*proxy* /var/log/apt/history.log && mkdir -p /srv/repo");
        machine.Write("/etc/apt/sources.list", $"deb [trusted=yes] {uri} ./\n");
        return machine;
    }

    /// <summary>Builds a package and puts it into the machine's repository. The copy has no other package of that name.</summary>
    public void AddDeb(string name, string postinst = "exit 0")
    {
        // What a developer's machine has installed must not count. Others that need it go with it.
        Run($"! dpkg-query --status {name} >/dev/null 2>&1 || DEBIAN_FRONTEND=noninteractive apt-get --yes purge {name}");
        Write($"/tmp/{name}/DEBIAN/postinst", $"#!/bin/sh\n{postinst}\n");
        var control = $"Package: {name}\nVersion: 99.0\nArchitecture: all\nMaintainer: test <test@localhost>\nDescription: test\n";
        Write($"/tmp/{name}/DEBIAN/control", control);
        Run($"chmod 755 /tmp/{name}/DEBIAN/postinst && dpkg-deb --build /tmp/{name} /srv/repo/{name}.deb");
        var deb = File.ReadAllBytes(Root.On($"/srv/repo/{name}.deb"));
        File.AppendAllText(
            Root.On("/srv/repo/Packages"),
            $"{control}Filename: ./{name}.deb\nSize: {deb.Length}\nSHA256: {Convert.ToHexStringLower(SHA256.HashData(deb))}\n\n");
    }

    public void Write(string path, string text, bool executable = false)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Root.On(path))!);
        File.WriteAllText(Root.On(path), text);
        if (executable)
        {
            File.SetUnixFileMode(Root.On(path), (UnixFileMode)0b111_101_101);
        }
    }

    /// <summary>Copies a file of this machine, with its mode, into the copy.</summary>
    public void CopyIn(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Root.On(to))!);
        File.Copy(from, Root.On(to), overwrite: true);
    }

    public string Read(string path) => File.Exists(Root.On(path)) ? File.ReadAllText(Root.On(path)) : "";

    public void Forget(string path) => File.Delete(Root.On(path));

    public string Run(string script)
    {
        using var process = Process.Start(new ProcessStartInfo(
            "chroot", [Root.Prefix, "env", "--unset=TMPDIR", "sh", "-ec", script])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = new StringBuilder();
        process.ErrorDataReceived += (_, line) => errors.AppendLine(line.Data);
        process.BeginErrorReadLine();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{script}: {output} {errors}");
        return output;
    }

    /// <summary>Holds a lock as apt and dpkg do, until it is disposed.</summary>
    public FileStream HoldLock(string path)
    {
        // Other programs open the file meanwhile, so .NET must not lock it on open.
        var file = new FileStream(Root.On(path), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        file.Lock(0, 0);
        return file;
    }

    /// <summary>The packages that apt-get was asked to install, one line per call.</summary>
    public IReadOnlyList<string> AptInstalls() =>
    [
        .. Read("/var/log/apt/history.log").Split('\n')
            .Where(line =>
                line.StartsWith("Commandline: ", StringComparison.Ordinal)
                    && line.Contains("--no-install-recommends ", StringComparison.Ordinal))
            .Select(line => line[(line.IndexOf("--no-install-recommends ", StringComparison.Ordinal) + 24)..]),
    ];

    /// <summary>The one step that the stage plans for the machine.</summary>
    public async Task<Step> StepAsync(NodeConfig config) =>
        Assert.Single((await new PackagesStage(config, Root).PlanAsync(TestContext.Current.CancellationToken)).Steps);

    /// <summary>The error of that step.</summary>
    public async Task<AgentException> FailureAsync(NodeConfig config)
    {
        var step = await StepAsync(config);
        return await Assert.ThrowsAsync<AgentException>(() => RunAsync(step));
    }

    /// <summary>Runs a step and returns its notes.</summary>
    public static async Task<IReadOnlyList<string>> RunAsync(Step step, Action<string>? noted = null)
    {
        List<string> notes = [];
        await step.Run(
            text =>
            {
                notes.Add(text);
                noted?.Invoke(text);
            },
            TestContext.Current.CancellationToken);
        return notes;
    }

    public void Dispose()
    {
        _holder.Kill();
        _holder.WaitForExit();
        _holder.Dispose();
        Directory.Delete(_directory);
    }
}
