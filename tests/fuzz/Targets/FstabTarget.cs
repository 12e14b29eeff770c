using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Stages.Image;
using Thpc.NodeAgent.Stages.Mount.Fstab;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Fuzz.Targets;

/// <summary>A file system table, and lines that are added to it and taken out of it.</summary>
internal static class FstabTarget
{
    public static void Run(byte[] input)
    {
        var text = Encoding.Latin1.GetString(input);
        var fstab = FstabDocument.Parse(text);
        Contract.Holds(fstab.Text == text, "what was parsed is rendered as it was");
        var lines = BootMountEntry.ParseAll([.. fstab.Lines.Select(line => line.Raw)]);
        var owners = new DiskOwners(lines, _ => [], []);
        foreach (var line in lines.OfType<BootMountEntry>())
        {
            var isOne = FstabClassifier.Shared(line) is not null ? 1 : 0;
            isOne += (FstabClassifier.Network(line) is not null ? 1 : 0) + (FstabClassifier.DataDisk(line, owners) is not null ? 1 : 0);
            Contract.Holds(isOne <= 1, "a line is of one kind at most");
        }

        var standsOn = MountDependencies.Find(
            lines, [.. lines.Select(line => line is not null && FstabClassifier.Shared(line) is not null)], path => path).RemovedDependency;
        Contract.Holds(standsOn.Length == lines.Length, "every line has its answer");

        // The first entries are enough: most inputs repeat the same lines.
        foreach (var entry in fstab.Lines.Select(line => line.Entry).OfType<FstabEntry>().Take(4))
        {
            Change(fstab, entry);
            Change(fstab, entry with { Options = $"{entry.Options},{NodePaths.ClusterTag}hpc-8hje8h12" });
        }

        var fields = OctalEscape.FromBytes(text).Split('\n');
        Change(fstab,
            new FstabEntry(
                fields[0], "/" + fields.ElementAtOrDefault(1), "nfs",
                $"{NodePaths.ClusterTag}hpc-8hje8h12,{fields.ElementAtOrDefault(2)}"));
    }

    private static void Change(FstabDocument fstab, FstabEntry entry)
    {
        FstabDocument with;
        try
        {
            with = fstab.With(entry);
        }
        catch (AgentException e)
        {
            Contract.IsSentence(e.Error, ErrorCode.FstabInvalid);
            return;
        }

        Contract.Holds(with.Lines.Any(line => line.Entry == entry), "an added line is read back as it was meant");
        if (entry.Cluster is null)
        {
            return;
        }

        // A last line without its end gets one.
        Contract.Holds(
            Foreign(with).StartsWith(Foreign(fstab), StringComparison.Ordinal), "every other line stays as it was, byte for byte");
        var place = "/" + string.Join('/', entry.MountPoint.Split('/', StringSplitOptions.RemoveEmptyEntries));
        if (entry.MountPoint == place)
        {
            Contract.Holds(with.With(entry).Text == with.Text, "what is added twice is there once");
            Contract.Holds(!with.Without(place).At(place).Any(line => line.Entry!.Cluster is not null), "what is taken out is out");
            Contract.Holds(
                Foreign(with.Without(place)).StartsWith(Foreign(fstab.Without(place)), StringComparison.Ordinal),
                "taking out leaves every other line");
        }
    }

    private static string Foreign(FstabDocument fstab) =>
        string.Concat(fstab.Lines.Where(line => line.Entry?.Cluster is null).Select(line => line.Raw));
}
