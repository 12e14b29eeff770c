namespace Thpc.NodeAgent.Configuration;

/// <summary>One effective value and its origin, for `config show`.</summary>
internal sealed record EffectiveSetting(string Key, string Value, string Origin)
{
    /// <summary>The origin of a value that nothing sets.</summary>
    public const string Default = "default";
}
