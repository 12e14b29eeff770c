using System.Text;
using System.Text.Json;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Scaling;

/// <summary>The result of `scaling match`, as text and JSON.</summary>
/// <param name="Expansion">The plan for adding nodes.</param>
/// <param name="Running">Number of elastic nodes that the queue already has.</param>
internal sealed record MatchResult(
    ScalingQueue Queue, ScalingJob Job, IReadOnlyList<InstanceCandidate> Candidates, ScaleOutPlan Expansion, int Running)
{
    /// <summary>The chosen type; null if no node is added or its type is unknown.</summary>
    public InstanceCandidate? Created =>
        Expansion.Added == 0 ? null : Candidates.FirstOrDefault(candidate => candidate.Verdict == Verdict.Chosen);

    /// <summary>Why not all nodes are added; null if all are.</summary>
    public string? Reason =>
        Candidates.Count == 0 || Queue.HasUnknownTypes ? ScalingText.Shortfall(Queue, Expansion, Running)
        : Candidates.All(candidate => candidate.Verdict == Verdict.TooSmall) ? "no node is added: no type of this queue fits the job"
        : Candidates.All(candidate => candidate.Verdict is Verdict.TooSmall or Verdict.SoldOut)
            ? "no node is added: every type that fits the job is sold out"
        : ScalingText.Shortfall(Queue, Expansion, Running);

    // Nodes are added, but of none of the known types.
    private bool IsOfUnknownType => Created is null && Expansion.Added > 0 && Queue.HasUnknownTypes;

    private decimal NeededMemoryGb => InstanceMatcher.NeededMemoryGb(Queue, Job);

    public string Text()
    {
        var text = new StringBuilder();
        var scaled = NeededMemoryGb == Job.MemoryGb ? "" : $", matched with {MemorySize.Format(NeededMemoryGb)} GB (ScaleUpMemRatio "
            + $"{Queue.ScaleUpMemRatio})";
        text.Append(
            $"queue {Queue.Name}: a job of {ScalingText.Plural(Job.Nodes, "node")}, each with {ScalingText.Plural(Job.Cpus, "CPU")} "
                + $"and {MemorySize.Format(Job.MemoryGb)} GB{scaled}\n");
        if (Candidates.Count > 0)
        {
            text.Append('\n').Append(TextTable.Write(
                [
                    ["rank", "type", "zone", "CPUs", "GB", "CPUs left", "GB left", "why"],
                    .. Candidates.Select(candidate => (string[])
                    [
                        candidate.Rank is { } rank ? $"{rank}" : "–",
                        candidate.Node.InstanceType,
                        candidate.Node.Zone ?? "–",
                        $"{candidate.Size.Cpus}",
                        MemorySize.Format(candidate.Size.MemoryGb),
                        candidate.Rank is null ? "–" : $"{candidate.CpusLeft}",
                        candidate.Rank is null ? "–" : MemorySize.Format(candidate.MemoryLeftGb),
                        candidate.Why,
                    ]),
                ],
                true,
                false,
                false,
                true,
                true,
                true,
                true,
                false));
        }

        if (Candidates.Where(candidate => candidate.Size.FromName).Select(candidate => candidate.Node.InstanceType)
            .Distinct(StringComparer.Ordinal).ToList() is { Count: > 0 } read)
        {
            text.Append($"(CPUs and GB of {string.Join(", ", read)}: by their names)\n");
        }

        text.Append('\n');
        if (Created is { } created)
        {
            text.Append(
                $"{ScalingText.Plural(Expansion.Added, "node")} of {created.Node.InstanceType}"
                    + $"{(created.Node.Zone is { } zone ? $" in {zone}" : "")}, "
                    + $"in {ScalingText.Plural(Expansion.Rounds.Count, "round")}.\n");
        }
        else if (IsOfUnknownType)
        {
            text.Append(
                $"{ScalingText.Plural(Expansion.Added, "node")}, in {ScalingText.Plural(Expansion.Rounds.Count, "round")}, if a type "
                    + $"that is not in this file fits the job.\n");
        }

        return Reason is { } reason
            ? text.Append(char.ToUpperInvariant(reason[0])).Append(reason, 1, reason.Length - 1).Append(".\n").ToString()
            : text.ToString();
    }

    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("queue", Queue.Name);
        writer.WriteObject("job", () =>
        {
            writer.WriteNumber("nodes", Job.Nodes);
            writer.WriteNumber("cpus", Job.Cpus);
            writer.WriteNumber("memory_gb", Job.MemoryGb);
        });
        writer.WriteNumber("sought_memory_gb", NeededMemoryGb);
        writer.WriteObjects("candidates", Candidates, candidate => WriteFields(writer, candidate));
        if (Created is not null || IsOfUnknownType)
        {
            writer.WriteObject("created", () =>
            {
                writer.WriteString("instance_type", Created?.Node.InstanceType);
                writer.WriteString("zone", Created?.Node.Zone);
                writer.WriteNumber("nodes", Expansion.Added);
                writer.WriteNumber("rounds", Expansion.Rounds.Count);
                writer.WriteBoolean("documented", Created?.IsBestFit ?? false);
            });
        }
        else
        {
            writer.WriteNull("created");
        }

        writer.WriteString("reason", Reason);
        writer.WriteTexts("unknown", Queue.Unknowns());
        writer.WriteEndObject();
    }

    private static void WriteFields(Utf8JsonWriter writer, InstanceCandidate candidate)
    {
        if (candidate.Rank is { } rank)
        {
            writer.WriteNumber("rank", rank);
        }
        else
        {
            writer.WriteNull("rank");
        }

        writer.WriteNumber("place", candidate.Node.Place);
        writer.WriteString("instance_type", candidate.Node.InstanceType);
        writer.WriteString("zone", candidate.Node.Zone);
        writer.WriteNumber("cpus", candidate.Size.Cpus);
        writer.WriteNumber("memory_gb", candidate.Size.MemoryGb);
        writer.WriteBoolean("size_by_name", candidate.Size.FromName);
        writer.WriteNumber("cpus_left", candidate.CpusLeft);
        writer.WriteNumber("memory_left_gb", candidate.MemoryLeftGb);
        writer.WriteString("verdict", candidate.Verdict switch
        {
            Verdict.Chosen => "chosen",
            Verdict.Next => "next",
            Verdict.SoldOut => "sold_out",
            _ => "too_small",
        });
        writer.WriteString("why", candidate.Why);
    }
}
