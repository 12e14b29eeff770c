using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Stages;

namespace Thpc.NodeAgent.Cli;

/// <summary>A change of the configuration file that was tried before anything else is done, and is made last.</summary>
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

    /// <summary>Its name, for people.</summary>
    public string File { get; }

    /// <param name="edit">From the old text to the new one.</param>
    /// <exception cref="AgentException">CONFIG_INVALID: the file cannot be changed so.</exception>
    public static ConfigEdit Prepare(GlobalOptions globals, Func<string, string> edit)
    {
        var path = globals.ConfigPath;
        _ = edit(ConfigFileReader.Read(path) ?? throw new AgentException(ErrorCode.ConfigInvalid, $"{globals.ConfigName}: there is no such file to write it into", new("Write the file first, or leave --persist away.", "请先创建该文件，或不使用 --persist。")));
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
