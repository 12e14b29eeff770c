namespace Thpc.NodeAgent.Errors;

/// <summary>The languages in which hints are available.</summary>
internal enum Language
{
    English,
    Chinese,
}
