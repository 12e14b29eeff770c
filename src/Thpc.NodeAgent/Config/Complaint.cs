namespace Thpc.NodeAgent.Config;

/// <summary>Something wrong in what the user wrote: where, what, and what would be right.</summary>
internal sealed record Complaint(string Origin, string Message)
{
    public override string ToString() => $"{Origin}: {Message}";
}
