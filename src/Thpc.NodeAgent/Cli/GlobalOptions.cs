using System.Collections;
using System.CommandLine;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Configuration.Sections;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cli;

/// <summary>The options that every command has.</summary>
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
    public static readonly Option<bool> VerboseOption = new("--verbose")
    {
        Description = "log each program, request and connection with its result and time, and the configured values",
        Recursive = true,
    };
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

    /// <summary>The environment variables of this process.</summary>
    public static IReadOnlyDictionary<string, string> Environment { get; } = System.Environment.GetEnvironmentVariables()
        .Cast<DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal);

    public static GlobalOptions From(ParseResult parse) => new(
        RootOf(parse.GetValue(RootOption)!),
        parse.GetValue(ConfigOption),
        parse.GetValue(VerboseOption),
        parse.GetValue(LogFormatOption),
        LanguageOf(parse));

    /// <exception cref="AgentException">CONFIG_INVALID: the directory does not exist, so the image may not be mounted.</exception>
    private static NodeRoot RootOf(string directory) => FileStatus.Read(directory)?.Kind == FileKind.Directory
        ? new NodeRoot(directory)
        : throw new AgentException(
            ErrorCode.ConfigInvalid,
            directory.Length == 0 ? Messages.RootEmpty : Messages.NoRoot(TerminalText.Quoted(directory)),
            Hints.RootMissing);

    /// <returns>The language of --lang if that is valid, otherwise the environment's.</returns>
    public static Language LanguageOf(ParseResult parse)
    {
        var value = parse.GetResult(LanguageOption)?.Tokens is [var token] ? token.Value : null;
        return LanguageChoice.Choose(LanguageChoice.Names.Contains(value) ? value : null, Environment);
    }

    /// <summary>The configuration file's path in messages: as the user gave it, or its path on the node.</summary>
    public string ConfigName => ConfigFile ?? NodePaths.Configuration;

    /// <summary>The configuration file's path, as this process opens it.</summary>
    public string ConfigPath => ConfigFile ?? Root.Locate(NodePaths.Configuration);

    /// <summary>The configuration's text, read once because it may be a pipe; null if there is no such file.</summary>
    /// <exception cref="AgentException">CONFIG_INVALID: it cannot be read.</exception>
    public string? ConfigText => (_configText ??= new(ReadConfigText)).Value;

    /// <param name="reason">A verb phrase whose subject is the command; null: it changes the node.</param>
    /// <exception cref="AgentException">NOT_ROOT.</exception>
    public static void RequireRoot(string command, LocalizedText? reason = null)
    {
        if (NativeMethods.EffectiveUserId() != 0)
        {
            throw new AgentException(ErrorCode.NotRoot, Messages.NeedsRoot(command, reason ?? Messages.ChangesNode));
        }
    }

    /// <param name="limit">The time to read the option file, which may be on a dead server.</param>
    /// <exception cref="AgentException">CONFIG_INVALID, with every problem.</exception>
    public LoadedConfig LoadConfig(ConfigOverrides? overrides = null, TimeSpan? limit = null)
    {
        // A file given by --config must exist. Without the default file, options and environment variables may suffice.
        var text = ConfigText;
        if (text is null && ConfigFile is not null)
        {
            throw new AgentException(ConfigLoader.Missing(ConfigFile, []));
        }

        string? resolvedOptionFile = null;
        string ReadOptionFile(string name) =>
            ConfigFileReader.ReadReferenced(Root, name, limit ?? OptionFileLimit, resolved => resolvedOptionFile = resolved);
        var loaded = ConfigLoader.Load(text, ConfigName, Environment, overrides ?? new ConfigOverrides(), ReadOptionFile);

        if (VerboseLog.IsOn)
        {
            foreach (var setting in loaded.Settings.Where(setting => setting.Origin != EffectiveSetting.Default))
            {
                VerboseLog.Write($"{setting.Key} = \"{setting.Value}\", from {setting.Origin}");
            }
        }

        // The loader has checked the configured path; here the path behind symbolic links is checked.
        return resolvedOptionFile is not null
            && StorageClientsReader.ValidateOptionFile(resolvedOptionFile, loaded.Config.Storage) is { } problem
            ? throw new AgentException(ErrorCode.ConfigInvalid, $"{ConfigName}: storage.option_file: " + problem)
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
