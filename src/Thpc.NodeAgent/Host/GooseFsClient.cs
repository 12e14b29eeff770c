using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Host;

/// <summary>The vendor's GooseFS client, an unpacked archive that may lie anywhere, a network file system included.</summary>
internal sealed class GooseFsClient(NodeRoot root, string home)
{
    // Several mounts of one run share one file.
    private static readonly SemaphoreSlim Mutex = new(1);

    /// <summary>Below the client's home: among other things, which masters it asks.</summary>
    public const string PropertiesFile = "/conf/goosefs-site.properties";

    private const string Program = "integration/fuse/bin/goosefs-fuse";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    // The first place that has the program, of several versions the last by name; in a child, for any of them may be on a dead server.
    // Root runs what is found, and shared storage is one of the places: one that others than root could have put there is passed over.
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

    /// <summary>Where it is looked for unless the configuration names its home.</summary>
    public static IReadOnlyList<string> Places { get; } =
        ["/usr/local/goosefs", "/usr/local/service/goosefs", "/usr/local/goosefs-*", "/root/goosefs", "/root/goosefs-*", "/opt/goosefs", "/opt/goosefs-*", "/data/goosefs", "/data/goosefs-*"];

    /// <summary>Absolute, as the node sees it.</summary>
    public string Home => home;

    /// <summary>The program that mounts and unmounts, as the node sees it.</summary>
    public string Fuse => $"{home}/{Program}";

    private string Properties => root.On(home + PropertiesFile);

    /// <param name="home">What the configuration names, whoever it belongs to; null: it is searched for.</param>
    /// <returns>Null where there is none.</returns>
    public static async Task<GooseFsClient?> FindAsync(NodeRoot root, string? home, CancellationToken cancel)
    {
        var found = await ProgramRunner.RunAsync(["sh", "-c", Search, "sh", root.Prefix, home is null ? "" : "named", .. home is null ? Places : [home]], Limit, cancel);
        return found.Succeeded ? new GooseFsClient(root, found.Output[root.Prefix.Length..]) : null;
    }

    /// <summary>Changes conf/goosefs-site.properties where the edit changes its text; mode and owner stay, for it may hold keys of COS.</summary>
    /// <exception cref="AgentException">FILE_ACCESS, NO_SPACE or MOUNT_TIMEOUT.</exception>
    public async Task ConfigureAsync(Func<string, string> edit, CancellationToken cancel)
    {
        await Mutex.WaitAsync(cancel);
        try
        {
            // Many nodes may share one home: what is right already is not written again.
            var old = await BlockingCall.RunAsync(() => RegularFile.ReadBytes(Properties) is { } bytes ? Encoding.Latin1.GetString(bytes) : "", Limit, cancel);
            if (edit(old) is var text && text != old)
            {
                await BlockingCall.WriteAsync(() => Write(text, cancel), Limit, cancel);
            }
        }
        catch (TimeoutException e)
        {
            throw new AgentException(ErrorCode.MountTimeout, $"{home}{PropertiesFile}: no answer within {Limit.TotalSeconds:0} s", new("It lies on a file system that does not answer; mend that one first.", "它位于一个没有响应的文件系统上，请先修复该文件系统。"), e);
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
