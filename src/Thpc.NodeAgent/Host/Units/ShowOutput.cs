namespace Thpc.NodeAgent.Host.Units;

/// <summary>The output of `systemctl show`.</summary>
internal static class ShowOutput
{
    /// <param name="text">A block of NAME=VALUE lines for each unit, separated by empty lines.</param>
    /// <returns>The properties of each unit, in the order of the blocks.</returns>
    public static List<Dictionary<string, string>> Parse(string text)
    {
        List<Dictionary<string, string>> units = [];
        foreach (var block in text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            Dictionary<string, string> properties = new(StringComparer.Ordinal);
            foreach (var line in block.Split('\n'))
            {
                if (line.Split('=', 2) is [var name, var value])
                {
                    properties.TryAdd(name, value);
                }
            }

            units.Add(properties);
        }

        return units;
    }
}
