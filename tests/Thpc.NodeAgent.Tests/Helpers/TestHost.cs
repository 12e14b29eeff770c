using System.Runtime.CompilerServices;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>The process that the tests run in.</summary>
internal static class TestHost
{
    /// <summary>Resets signals that nohup or a background shell ignores, because started agents would inherit that.</summary>
    [ModuleInitializer]
    internal static void Prepare() => InheritedState.Normalize();
}
