using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Stages;

namespace Thpc.NodeAgent.Cli;

/// <summary>A change to the configuration file. It is validated before the other steps run, and applied after them.</summary>
internal sealed class ConfigEdit
{
    private readonly string _path;
    private readonly Func<string, string> _edit;

    private ConfigEdit(string file, string path, Func<string, string> edit)
    {
        File = file;
        _path = path;
        _edit = edit;
    }

    /// <summary>The file's name, for messages.</summary>
    public string File { get; }

    /// <param name="edit">Converts the old text to the new one.</param>
    /// <exception cref="AgentException">CONFIG_INVALID: the file does not exist, or the change is not possible.</exception>
    public static ConfigEdit Prepare(GlobalOptions globals, Func<string, string> edit)
    {
        var path = globals.ConfigPath;
        var text = ConfigFileReader.Read(path) ?? throw new AgentException(
            ErrorCode.ConfigInvalid, Messages.NoFileToPersist(globals.ConfigName), Hints.NoConfigToEdit);
        _ = edit(text);
        return new ConfigEdit(globals.ConfigName, path, edit);
    }

    public Step Step(string summary, IReadOnlyList<Step> needs) => new(summary, async (_, token) =>
    {
        var text = _edit(ConfigFileReader.Read(_path) ?? "");
        await ConfigFileReader.ReplaceAsync(_path, text, token);
    })
    {
        Needs = needs,
    };
}
