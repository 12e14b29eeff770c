using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Host;

/// <summary>The vendor's GooseFS client: an unpacked archive in any directory, maybe on a network file system.</summary>
internal sealed class GooseFsClient(NodeRoot root, string home)
{
    // Several mounts of one run share one file.
    private static readonly SemaphoreSlim Mutex = new(1);

    /// <summary>The client's configuration, relative to its home. It names the masters.</summary>
    public const string PropertiesFile = "/conf/goosefs-site.properties";

    private const string Program = "integration/fuse/bin/goosefs-fuse";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    // Prints the first directory that contains the program; of several versions the last by name. It runs in a child process, because any
    // directory may be on a dead server. Root will run the program, so programs that users other than root can change are skipped.
    private const string Search = DirectoryWalk.ByGroup + """
        IFS=
        prefix=$1 named=$2
        shift 2
        ours() {
            way=$1
            while [ "$(find -L "${way:-/}" -prune -uid 0 ! -perm -002 \( ! -perm -020 -o -gid 0 "$(by_group "${way:-/}")" \))" ]; do
                [ "$way" ] && [ "$way" != "$prefix" ] || return 0
                way=${way%/*}
            done
            return 1
        }
        for place in "$@"; do
            found=
            for home in "$prefix"$place; do
                program=$home/integration/fuse/bin/goosefs-fuse
                [ -x "$program" ] && { [ "$named" ] || { ours "$program" && ours "$(readlink -f -- "$program")"; }; } && found=$home
            done
            [ "$found" ] && printf %s "$found" && exit
        done
        exit 1
        """;

    /// <summary>The directories to search unless the configuration names the client's home.</summary>
    public static IReadOnlyList<string> Places { get; } =
    [
        "/usr/local/goosefs", "/usr/local/service/goosefs", "/usr/local/goosefs-*", "/root/goosefs", "/root/goosefs-*",
        "/opt/goosefs", "/opt/goosefs-*", "/data/goosefs", "/data/goosefs-*",
    ];

    /// <summary>The client's home, an absolute path of the node.</summary>
    public string Home => home;

    /// <summary>The program that mounts and unmounts, a path of the node.</summary>
    public string Fuse => $"{home}/{Program}";

    private string Properties => root.On(home + PropertiesFile);

    /// <param name="home">The home in the configuration, accepted with any owner; null: search for it.</param>
    /// <returns>Null if there is no client.</returns>
    public static async Task<GooseFsClient?> FindAsync(NodeRoot root, string? home, CancellationToken cancel)
    {
        string[] command = ["sh", "-c", Search, "sh", root.Prefix, home is null ? "" : "named", .. home is null ? Places : [home]];
        var found = await ProgramRunner.RunAsync(command, Limit, cancel);
        return found.Succeeded ? new GooseFsClient(root, found.Output[root.Prefix.Length..]) : null;
    }

    /// <summary>Edits conf/goosefs-site.properties if the edit changes its text. Mode and owner stay: it may contain COS keys.</summary>
    /// <exception cref="AgentException">FILE_ACCESS, NO_SPACE or MOUNT_TIMEOUT.</exception>
    public async Task ConfigureAsync(Func<string, string> edit, CancellationToken cancel)
    {
        await Mutex.WaitAsync(cancel);
        try
        {
            // Many nodes may share one home, so a correct file is not written again.
            string ReadProperties() => RegularFile.ReadBytes(Properties) is { } bytes ? Encoding.Latin1.GetString(bytes) : "";
            var old = await BlockingCall.RunAsync(ReadProperties, Limit, cancel);
            if (edit(old) is var text && text != old)
            {
                await BlockingCall.WriteAsync(() => Write(text, cancel), Limit, cancel);
            }
        }
        catch (TimeoutException e)
        {
            throw new AgentException(
                ErrorCode.MountTimeout,
                $"{home}{PropertiesFile}: " + Messages.NoAnswerWithin($"{Limit.TotalSeconds:0}"),
                Hints.RepairFileSystem,
                e);
        }
        finally
        {
            Mutex.Release();
        }
    }

    private bool Write(string text, CancellationToken cancel)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Properties)!);
        var content = Encoding.Latin1.GetBytes(text);
        AtomicFile.ReplaceAsync(Properties, content, cancel, sharedAs: MachineFingerprint.Read(root) ?? "").GetAwaiter().GetResult();
        return true;
    }
}
