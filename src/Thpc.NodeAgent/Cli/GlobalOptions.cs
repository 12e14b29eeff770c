using System.Collections;
using System.CommandLine;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Configuration.Sections;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Native;

namespace Thpc.NodeAgent.Cli;

/// <summary>The options that every command has, and what follows from them.</summary>
internal sealed record GlobalOptions(NodeRoot Root, string? ConfigFile, bool Verbose, LogFormat LogFormat, Language Language)
{

    private static readonly TimeSpan OptionFileLimit = TimeSpan.FromSeconds(2);
    private Lazy<string?>? _configText;

    public static readonly Option<string?> ConfigOption = new("--config")
    {
        Description = "configuration file (default: /etc/thpc/node-agent.toml of the node)",
        HelpName = "FILE",
        Recursive = true,
    };
    public static readonly Option<string> RootOption = new("--root")
    {
        Description = "use DIR as the root directory of the node",
        HelpName = "DIR",
        DefaultValueFactory = _ => "/",
        Recursive = true,
    };
    public static readonly Option<bool> VerboseOption = new("--verbose") { Description = "log more", Recursive = true };
    public static readonly Option<LogFormat> LogFormatOption = new("--log-format")
    {
        Description = "format of the log; auto: journal under systemd, otherwise text",
        HelpName = "auto|text|journal|json",
        Recursive = true,
    };

    public static readonly Option<string?> LanguageOption = Limited(new("--lang")
    {
        Description = "language of hints (default: from LC_ALL, LC_MESSAGES or LANG)",
        HelpName = "en|zh",
        Recursive = true,
    });

    /// <summary>The variables of this process.</summary>
    public static IReadOnlyDictionary<string, string> Environment { get; } = System.Environment.GetEnvironmentVariables()
        .Cast<DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal);

    public static GlobalOptions From(ParseResult parse) => new(
        RootOf(parse.GetValue(RootOption)!),
        parse.GetValue(ConfigOption),
        parse.GetValue(VerboseOption),
        parse.GetValue(LogFormatOption),
        LanguageOf(parse));

    /// <summary>A missing directory means a typo, or an image that is not mounted.</summary>
    private static NodeRoot RootOf(string directory) => FileStatus.Read(directory)?.Kind == FileKind.Directory
        ? new NodeRoot(directory)
        : throw new AgentException(
            ErrorCode.ConfigInvalid,
            directory.Length == 0 ? "--root is empty" : $"--root {ConfigDiagnostic.Printable(directory)}: there is no such directory",
            new("Give the directory where the image is mounted or unpacked; a variable may be unset.", "请指定镜像挂载或解包所在的目录；也请检查变量是否未设置。"));

    /// <summary>Of --lang where that is valid, else of the environment.</summary>
    public static Language LanguageOf(ParseResult parse) =>
        LanguageChoice.Choose(parse.GetResult(LanguageOption)?.Tokens is [var flag] && LanguageChoice.Names.Contains(flag.Value) ? flag.Value : null, Environment);

    /// <summary>The configuration's file as people know it.</summary>
    public string ConfigName => ConfigFile ?? NodePaths.Configuration;

    /// <summary>Where this process finds it.</summary>
    public string ConfigPath => ConfigFile ?? Root.Locate(NodePaths.Configuration);

    /// <summary>The configuration's text, read once: a pipe gives it once.</summary>
    /// <returns>Null where there is no such file.</returns>
    /// <exception cref="AgentException">CONFIG_INVALID: it cannot be read.</exception>
    public string? ConfigText => (_configText ??= new(ReadConfigText)).Value;

    /// <exception cref="AgentException">NOT_ROOT.</exception>
    public static void RequireRoot(string command, string why = "changes the node")
    {
        if (NativeMethods.EffectiveUserId() != 0)
        {
            throw new AgentException(ErrorCode.NotRoot, $"`{command}` {why} and needs root");
        }
    }

    /// <param name="limit">What the option file may take, which may lie on a dead server.</param>
    /// <exception cref="AgentException">CONFIG_INVALID, with every complaint.</exception>
    public LoadedConfig LoadConfig(ConfigOverrides? overrides = null, TimeSpan? limit = null)
    {
        // A file that was asked for by name must be there; the usual one may be replaced by flags and environment.
        var text = ConfigText;
        if (text is null && ConfigFile is not null)
        {
            throw new AgentException(ErrorCode.ConfigInvalid, $"{ConfigFile}: there is no such file");
        }

        string? option = null;
        string ReadOptionFile(string name) => ConfigFileReader.ReadReferenced(Root, name, limit ?? OptionFileLimit, real => option = real);
        var loaded = ConfigLoader.Load(text, ConfigName, Environment, overrides ?? new ConfigOverrides(), ReadOptionFile);

        // What its name alone tells the reader has looked at; a link may lead there too.
        return option is not null && StorageClientsReader.ValidateOptionFile(option, loaded.Config.Storage) is { } problem
            ? throw new AgentException(ErrorCode.ConfigInvalid, $"{ConfigName}: storage.option_file: {problem}")
            : loaded;
    }

    private string? ReadConfigText() =>
        ConfigFile is null ? ConfigFileReader.Read(ConfigPath) : ConfigFileReader.ReadUserFile(ConfigPath);

    private static Option<string?> Limited(Option<string?> option)
    {
        option.AcceptOnlyFromAmong(LanguageChoice.Names);
        return option;
    }
}
