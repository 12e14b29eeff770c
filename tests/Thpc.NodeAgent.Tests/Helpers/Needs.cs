using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>Requirements of tests. A test without one is skipped with the reason, which CI counts as a failure.</summary>
internal static class Needs
{
    public static void RootUser() => Assert.SkipUnless(NativeMethods.EffectiveUserId() == 0, "needs root");

    public static void Program(string name) =>
        Assert.SkipUnless(ProgramFinder.Find(new NodeRoot("/"), name) is not null, $"needs the program {name}");
}
