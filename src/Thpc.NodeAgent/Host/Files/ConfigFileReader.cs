using System.Globalization;
using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>Reads the configuration file, and files that the user or the configuration names.</summary>
internal static class ConfigFileReader
{
    private const int MaxBytes = 16 << 20;
    private static readonly TimeSpan PipeLimit = TimeSpan.FromSeconds(30);

    /// <returns>Null if the file does not exist.</returns>
    /// <exception cref="AgentException">CONFIG_INVALID: the file exists and cannot be read.</exception>
    public static string? Read(string path)
    {
        try
        {
            return RegularFile.ReadText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AgentException(Unreadable(path, e.Message));
        }
    }

    /// <summary>Reads a file that the user names. It may be a pipe, as in `--config &lt;(sed … FILE)`, so reading has a limit.</summary>
    /// <returns>Null if the file does not exist.</returns>
    /// <exception cref="AgentException">CONFIG_INVALID: the file exists and cannot be read.</exception>
    public static string? ReadUserFile(string path)
    {
        try
        {
            return BlockingCall.RunAsync(() => File.ReadAllText(path), PipeLimit, CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (TimeoutException)
        {
            throw new AgentException(
                Unreadable(path, Messages.PipeTimedOut((int)PipeLimit.TotalSeconds)));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AgentException(Unreadable(path, e.Message));
        }
    }

    /// <summary>Reads another file that the configuration names. Its server may be down, so the read has a limit.</summary>
    /// <param name="real">Called with the resolved path on the node.</param>
    /// <exception cref="AgentException">CONFIG_INVALID: no regular file, too large, or its server does not answer.</exception>
    /// <exception cref="IOException">The file cannot be read; or UnauthorizedAccessException.</exception>
    public static string ReadReferenced(NodeRoot root, string name, TimeSpan limit, Action<string> real)
    {
        var path = name;
        try
        {
            return BlockingCall.RunAsync(
                () =>
                {
                    if (root.TryResolve(name, out path, MountTree.Read()) is { } problem)
                    {
                        throw new AgentException(problem);
                    }

                    real(path);
                    return FileStatus.Read(root.On(path)) switch
                    {
                        { Kind: not FileKind.Regular } => throw new AgentException(ErrorCode.ConfigInvalid, Messages.NotARegularFile),
                        { Size: > MaxBytes } status =>
                            throw new AgentException(ErrorCode.ConfigInvalid, Messages.TooLarge(status.Size, MaxBytes)),
                        _ => RegularFile.ReadText(root.On(path))
                            ?? throw new AgentException(ErrorCode.ConfigInvalid, Messages.Missing(path)),
                    };
                },
                limit,
                CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (TimeoutException)
        {
            var mount = MountTree.Read().FindCovering(root.On(path));
            var mountPoint = root.IsLive ? mount?.MountPoint : mount?.MountPoint.Replace(root.Prefix, "", StringComparison.Ordinal);
            var seconds = limit.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture);
            throw new AgentException(ErrorCode.ConfigInvalid, mount is null
                ? Messages.NoAnswerWithin(seconds)
                : Messages.NoAnswerFrom(seconds, $"{mount.Type} {mount.Source}", $"{mountPoint}"));
        }
    }

    /// <summary>Reads a file that the user names, or standard input for "-".</summary>
    /// <exception cref="AgentException">CONFIG_INVALID.</exception>
    public static string ReadInput(string name) => name == "-"
        ? Console.In.ReadToEnd()
        : ReadUserFile(name) ?? throw new AgentException(ErrorCode.ConfigInvalid, Messages.InputMissing(name));

    /// <summary>Replaces the text of the file. Mode and owner stay; a link stays a link.</summary>
    public static Task ReplaceAsync(string path, string text, CancellationToken cancel)
    {
        var target = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
        return AtomicFile.ReplaceAsync(target, Encoding.UTF8.GetBytes(text), cancel);
    }

    /// <summary>Writes a new file with mode 0644, or replaces an existing one.</summary>
    /// <param name="withDirectory">Whether a missing directory is created.</param>
    public static async Task CreateAsync(string path, string text, bool withDirectory, CancellationToken cancel)
    {
        if (withDirectory)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }

        if (File.Exists(path))
        {
            await ReplaceAsync(path, text, cancel);
        }
        else
        {
            await AtomicFile.ReplaceAsync(Path.GetFullPath(path), Encoding.UTF8.GetBytes(text), cancel);
        }
    }

    // Messages of RegularFile begin with the path already.
    private static Error Unreadable(string path, LocalizedText why) =>
        new(ErrorCode.ConfigInvalid, why.English.StartsWith(path, StringComparison.Ordinal) ? why : $"{path}: " + why);
}
