using System.CommandLine;
using System.Globalization;
using System.Text;
using Thpc.NodeAgent.Doctor;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Cli;

/// <summary>`bundle`: what a support ticket needs.</summary>
internal static class BundleCommand
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly Option<string?> Output = new("--output") { Description = "where to write it; - is standard output (default: a new file in /var/lib/thpc-node-agent)", HelpName = "FILE" };

    public static Command Create()
    {
        var command = new Command("bundle", AgentCommand.WithExample(
            "One .tar.gz for a support ticket: the last run's report, logs, configuration, fstab, mount table, units, journal, kernel log, versions, and what `doctor` says. Keys, signatures and passwords are redacted; look into it all the same before you send it. Ends within a few seconds, whatever is dead.",
            "thpc-node-agent bundle --output /root/node417.tar.gz"))
        {
            Output,
        };
        command.OnRun((parse, cancel) => RunAsync(Globals.Of(parse), parse.GetValue(Output), cancel));
        return command;
    }

    private static async Task<int> RunAsync(Globals globals, string? output, CancellationToken cancel)
    {
        if (globals.Root.IsLive)
        {
            Globals.DemandRoot("bundle", "reads what only root may read");
        }

        var redaction = new Redaction(Bundle.Secrets(
            await ReadAsync(globals.Root.CosCredentials, cancel), await ReadAsync(globals.ConfigPath, cancel), Globals.Environment));
        var items = Bundle.Items(globals.Root, globals.ConfigPath).Prepend(new BundleItem("doctor.json", token => DoctorCommand.JsonAsync(globals, Bundle.DoctorLimit, token))).Prepend(new BundleItem("agent.txt", _ => Task.FromResult<string?>($"thpc-node-agent {AgentVersion.Text}\n")));
        var now = TimeProvider.System.GetUtcNow();
        var packed = TarGz.Pack(await Bundle.GatherAsync(items, redaction, Bundle.Limit, cancel), now);
        if (output == "-")
        {
            await using var stdout = Console.OpenStandardOutput();
            await stdout.WriteAsync(packed, cancel);
            return ExitCode.Done;
        }

        var file = output ?? Path.Combine(StateFiles.EnsureState(globals.Root), string.Create(CultureInfo.InvariantCulture, $"bundle-{now:yyyyMMdd'T'HHmmss'Z'}.tar.gz"));
        await GivenFile.WriteAsync(file, packed, Private, cancel);
        Console.WriteLine($"{file}: {packed.Length >> 10} KiB");
        return ExitCode.Done;
    }

    private static async Task<string?> ReadAsync(string path, CancellationToken cancel)
    {
        try
        {
            return await FileEnds.ReadAsync(path, Bundle.Limit, cancel) is { } content ? Encoding.UTF8.GetString(content) : null;
        }
        catch (Exception e) when (e is TimeoutException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
