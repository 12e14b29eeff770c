using System.CommandLine;

namespace Thpc.NodeAgent.Cli;

/// <summary>Commands of one purpose, which the help lists together.</summary>
internal sealed record CommandGroup(string Title, IReadOnlyList<Command> Commands);
