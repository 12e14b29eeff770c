namespace Thpc.NodeAgent.Errors;

/// <summary>What the reader of a hint reads.</summary>
internal enum Language
{
    English,
    Chinese,
}
