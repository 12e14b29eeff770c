using Thpc.NodeAgent.Configuration.Toml;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Configuration.Sections;

/// <summary>Reads [script]: settings of all init scripts.</summary>
internal static class ScriptSectionReader
{
    /// <param name="scripts">All init scripts, from the file and from flags.</param>
    /// <returns>AllowedSigners is null if scripts need no signature.</returns>
    public static (TimeSpan KillGrace, string? AllowedSigners) Read(TableReader table, IReadOnlyList<InitScript> scripts)
    {
        var key = ConfigKeys.AllowedSigners;
        var grace = table.Seconds(ConfigKeys.KillGrace);
        var path = table.Text(key)!;
        table.Close();
        if (path.Length == 0)
        {
            return (grace, null);
        }

        if (LocalPath.ValidateFile(path) is { } problem)
        {
            table.AddDiagnostic(key.Name, problem);
        }

        // A signature in a query is valid for one object only.
        foreach (var script in scripts.Where(script => script.Location.Query.Length > 0))
        {
            table.AddDiagnostic(key.Name, Messages.NoSignatureUrl(TerminalText.Quoted(script.DisplayName)));
        }

        return (grace, path);
    }
}
