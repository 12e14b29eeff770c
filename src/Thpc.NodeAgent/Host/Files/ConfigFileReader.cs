using System.Globalization;
using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>The configuration's file.</summary>
internal static class ConfigFileReader
{
    private const int MaxBytes = 16 << 20;
    private static readonly TimeSpan PipeLimit = TimeSpan.FromSeconds(30);

    /// <returns>Null where there is none.</returns>
    /// <exception cref="AgentException">CONFIG_INVALID: it is there and cannot be read.</exception>
    public static string? Read(string path)
    {
        try
        {
            return RegularFile.ReadText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, e.Message);
        }
    }

    /// <summary>A file that a user names, which may be a pipe: `--config &lt;(sed … FILE)`. Reading it has a limit.</summary>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="AgentException">CONFIG_INVALID: it is there and cannot be read.</exception>
    public static string? ReadGiven(string path)
    {
        try
        {
            return BlockingCall.RunAsync(() => File.ReadAllText(path), PipeLimit, CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (TimeoutException)
        {
            throw Unreadable(path, string.Create(CultureInfo.InvariantCulture, $"no end within {PipeLimit.TotalSeconds:0} s"));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, e.Message);
        }
    }

    /// <summary>A further file that the configuration names. Its file system may be dead: it is waited for no longer than the limit.</summary>
    /// <param name="real">Hears which path of the node the name leads to.</param>
    /// <exception cref="IOException">It cannot be read, or does not answer; or UnauthorizedAccessException.</exception>
    public static string ReadFurther(NodeRoot root, string name, TimeSpan limit, Action<string> real)
    {
        var path = name;
        try
        {
            return BlockingCall.RunAsync(
                () =>
                {
                    path = root.Resolve(name, MountTree.Read());
                    real(path);
                    return FileStatus.Read(root.On(path)) switch
                    {
                        { Kind: not FileKind.Regular } => throw new IOException("it is no file"),
                        { Size: > MaxBytes } status => throw new IOException($"it has {status.Size} bytes; {MaxBytes} is the most"),
                        _ => RegularFile.ReadText(root.On(path)) ?? throw new FileNotFoundException($"there is no {path}"),
                    };
                },
                limit,
                CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (TimeoutException e)
        {
            var mount = MountTree.Read().Over(root.On(path));
            throw new IOException(string.Create(CultureInfo.InvariantCulture, $"no answer within {limit.TotalSeconds:0.#} s{(mount is null ? "" : $" from {mount.Type} {mount.Source}, which is mounted at {(root.IsLive ? mount.MountPoint : mount.MountPoint.Replace(root.Prefix, "", StringComparison.Ordinal))}")}"), e);
        }
        catch (AgentException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>A file that a user names, or standard input for "-".</summary>
    /// <exception cref="AgentException">CONFIG_INVALID.</exception>
    public static string ReadInput(string name) => name == "-"
        ? Console.In.ReadToEnd()
        : ReadGiven(name) ?? throw new AgentException(ErrorCode.ConfigInvalid, $"{name}: there is no such file");

    /// <summary>Replaces its text; mode and owner stay, and a link stays a link.</summary>
    public static Task ReplaceAsync(string path, string text, CancellationToken cancel) =>
        AtomicFile.ReplaceAsync(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path), Encoding.UTF8.GetBytes(text), cancel);

    // .NET's words begin with the path or name it; ours do already.
    private static AgentException Unreadable(string path, string why) => new(ErrorCode.ConfigInvalid, why.StartsWith(path, StringComparison.Ordinal) ? why : $"{path}: {why}");
}
