namespace Thpc.NodeAgent.Configuration;

/// <summary>One value that is in force and where it came from, as `config show` prints it.</summary>
internal sealed record EffectiveSetting(string Key, string Value, string Origin);
