using System.CommandLine;
using System.Globalization;
using System.Text;
using Thpc.NodeAgent.Doctor;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Support;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cli;

/// <summary>`bundle`: an archive of redacted diagnostics for a support ticket.</summary>
internal static class BundleCommand
{
    private static readonly TimeSpan SecretsLimit = TimeSpan.FromSeconds(2);
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly Option<string?> Output = new("--output")
    {
        Description = "file to write; - is standard output (default: a new file in /var/lib/thpc-node-agent)",
        HelpName = "FILE",
    };

    private static readonly NumberOption Timeout = new(
        "--timeout", "limit for the whole command (a slow node needs more)", "SECONDS", 2, 600, initial: 5);

    private static readonly Option<bool> Json = new("--json") { Description = "print name and size of the file as JSON" };

    public static Command Create()
    {
        var command = new Command("bundle", AgentCommand.Describe(
            "Collect data for a support ticket in one .tar.gz file.",
            "Unpacks into one folder, whose summary.txt names outcome, cause and content. Contains the last reports, logs, "
                + "configuration, fstab, mount table, units, journal, kernel log, versions and the result of `doctor`. "
                + "Keys, signatures and passwords are redacted; read the bundle before you send it. "
                + "Takes a few seconds, even if servers are down.",
            "thpc-node-agent bundle --output /root/node417.tar.gz"))
        {
            Output, Timeout, Json,
        };
        command.OnRun((parse, cancel) =>
            RunAsync(
                GlobalOptions.From(parse), parse.GetValue(Output), TimeSpan.FromSeconds(parse.GetValue(Timeout) - 0.5),
                parse.GetValue(Json), cancel));
        return command;
    }

    private static async Task<int> RunAsync(GlobalOptions globals, string? output, TimeSpan limit, bool json, CancellationToken cancel)
    {
        if (json && output == "-")
        {
            throw new AgentException(
                ErrorCode.ConfigInvalid, "bundle: --json and `--output -` both use standard output", Hints.BundleFile);
        }

        if (globals.Root.IsLive)
        {
            GlobalOptions.RequireRoot("bundle", Messages.ReadsRootFiles);
        }

        var redactor = new Redactor(SupportBundle.Secrets(
            await ReadAsync(globals.Root.CosCredentials, cancel), await ReadAsync(globals.ConfigPath, cancel), GlobalOptions.Environment));
        // With a longer --timeout the checks get longer too: it is for slow nodes.
        string? findings = null;
        var doctor = new BundleItem("doctor.json", "thpc-node-agent doctor --json", async (left, token) =>
        {
            var longest = left - TimeSpan.FromSeconds(0.5);
            return await DoctorCommand.JsonAsync(
                globals,
                left < CheckRunner.Limit || longest > CheckRunner.Limit ? longest : CheckRunner.Limit,
                text => findings = text,
                token);
        });
        var version = new BundleItem(
            "agent.txt", "thpc-node-agent --version", (_, _) => Task.FromResult<string?>($"thpc-node-agent {AgentVersion.Text}\n"));
        IEnumerable<BundleItem> items = [version, doctor, .. SupportBundle.Items(globals.Root, globals.ConfigPath)];
        var files = await SupportBundle.GatherAsync(items, redactor, limit, cancel);
        var now = TimeProvider.System.GetUtcNow();
        var report = files.FirstOrDefault(file => file.Name == SupportBundle.Report) is { } last ? ReportJson.Read(last.Content) : null;
        var summary = redactor.Apply(BundleSummary.Write(
            report, RunLock.IsHeld(globals.Root), now, TimeZoneInfo.Local, findings, files, globals.Language));
        var packed = TarGz.Pack(
            SupportBundle.FolderName(MachineIdentity.HostName(globals.Root), now),
            [(BundleSummary.Name, Encoding.UTF8.GetBytes(summary)), .. files.Select(file => (file.Name, file.Content))],
            now);
        if (output == "-")
        {
            await StandardStreams.Output.WriteAsync(packed, cancel);
            return ExitCode.Done;
        }

        var name = string.Create(CultureInfo.InvariantCulture, $"bundle-{now:yyyyMMdd'T'HHmmss'Z'}.tar.gz");
        var file = output ?? Path.Combine(StateFiles.EnsureState(globals.Root), name);
        await OutputFile.WriteAsync(file, packed, Private, cancel);
        if (json)
        {
            JsonOutput.Write(writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("file", file);
                writer.WriteNumber("bytes", packed.Length);
                writer.WriteEndObject();
            });
        }
        else
        {
            TerminalOutput.WriteLine($"{file}: {packed.Length >> 10} KiB");
        }

        return ExitCode.Done;
    }

    private static async Task<string?> ReadAsync(string path, CancellationToken cancel)
    {
        try
        {
            return await FileHeadAndTail.ReadAsync(path, SecretsLimit, cancel) is { } content ? Encoding.UTF8.GetString(content) : null;
        }
        catch (Exception e) when (e is TimeoutException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
