using System.Runtime.CompilerServices;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Tests.Support;

/// <summary>The process that the tests run in.</summary>
internal static class TestHost
{
    /// <summary>Under nohup, or in a shell's background, signals are ignored, and so they would be in every agent that a test starts.</summary>
    [ModuleInitializer]
    internal static void Prepare() => InheritedState.Normalize();
}
