using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Configuration;

/// <summary>The values of a first configuration; null or empty if not given.</summary>
internal sealed record FirstConfig
{
    private static readonly Dictionary<string, string> NoEnvironment = [];

    public string? ClusterId { get; init; }

    public string? NodeRole { get; init; }

    public string? SchedulerType { get; init; }

    public string? AccountType { get; init; }

    public IReadOnlyList<string> InitScripts { get; init; } = [];

    public string? LocalPath { get; init; }

    public string? RemotePath { get; init; }

    // An address of Lustre has the name of a network, such as @tcp0.
    private string? Protocol => RemotePath?.Contains("@tcp", StringComparison.Ordinal) == true ? "TURBO" : null;

    /// <summary>Returns the file: the example with these values set.</summary>
    /// <param name="file">The file's name, for messages.</param>
    /// <exception cref="AgentException">CONFIG_INVALID, with the option of each invalid value; or the file would not be valid.</exception>
    public string Write(string file)
    {
        var overrides = new ConfigOverrides
        {
            ClusterId = ClusterId,
            NodeRole = NodeRole,
            SchedulerType = SchedulerType,
            AccountType = AccountType,
            InitScripts = InitScripts,
            Storage = new StorageFlags { LocalPath = LocalPath, RemotePath = RemotePath, Protocol = Protocol }.ToNode(),
        };
        Load("", file, overrides);
        var text = ConfigExample.Write(new Dictionary<ConfigKey, IReadOnlyList<string>>
        {
            [ConfigKeys.ClusterId] = List(ClusterId),
            [ConfigKeys.NodeRole] = List(NodeRole),
            [ConfigKeys.SchedulerType] = List(SchedulerType),
            [ConfigKeys.AccountType] = List(AccountType),
            [ConfigKeys.ScriptPath] = InitScripts,
            [ConfigKeys.CfsLocalPath] = List(LocalPath),
            [ConfigKeys.CfsRemotePath] = List(RemotePath),
            [ConfigKeys.CfsProtocol] = List(Protocol),
        });
        Load(text, file, new ConfigOverrides());
        return text;
    }

    /// <summary>Validates what is given; what is required and not given yet does not matter.</summary>
    /// <exception cref="AgentException">CONFIG_INVALID, with the option of each invalid value.</exception>
    public void Validate() => (this with
    {
        ClusterId = ClusterId ?? ConfigKeys.ClusterId.Example,
        NodeRole = NodeRole ?? ConfigKeys.NodeRole.Example,
        LocalPath = LocalPath ?? (RemotePath is null ? null : ConfigKeys.CfsLocalPath.Example),
        RemotePath = RemotePath ?? (LocalPath is null ? null : ConfigKeys.CfsRemotePath.Example),
    }).Write("");

    /// <returns>The first problem of <see cref="Validate"/>, without the option; null if there is none.</returns>
    public string? Problem()
    {
        try
        {
            Validate();
            return null;
        }
        catch (AgentException e)
        {
            var line = e.Message.Split('\n')[0];
            return line[(line.IndexOf(": ", StringComparison.Ordinal) + 2)..];
        }
    }

    private static void Load(string text, string file, ConfigOverrides overrides) =>
        ConfigLoader.Load(text, file, NoEnvironment, overrides, name => throw new FileNotFoundException(name));

    private static IReadOnlyList<string> List(string? value) => value is null ? [] : [value];
}
