namespace Thpc.NodeAgent.Cos;

/// <summary>A key pair for COS; the token belongs to a temporary one.</summary>
internal sealed record CosCredential(string SecretId, string SecretKey, string? Token, string Origin)
{
    /// <summary>When a temporary one ends; null where that is not known.</summary>
    public DateTimeOffset? Expires { get; init; }

    public override string ToString() => $"credential of {Origin}";
}
