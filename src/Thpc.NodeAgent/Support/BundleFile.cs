using System.Text;

namespace Thpc.NodeAgent.Support;

/// <summary>A file as the bundle contains it.</summary>
/// <param name="Source">The path that it was read from, or the programs that printed it.</param>
/// <param name="Redactions">The number of places in it that were hidden.</param>
/// <param name="Problem">Why it is not complete; null if it is.</param>
internal sealed record BundleFile(string Name, string Source, byte[] Content, int Redactions, string? Problem)
{
    /// <summary>A file that consists of its problem.</summary>
    public static BundleFile Without(BundleItem item, string problem) =>
        new(item.Name, item.Source, Encoding.UTF8.GetBytes(problem + "\n"), 0, problem);
}
