namespace Thpc.NodeAgent.Errors;

/// <summary>A stable name for a kind of failure. The documentation of errors is generated from these codes.</summary>
/// <param name="Meaning">What has happened, as one sentence.</param>
/// <param name="Hint">What an operator should do about it, unless the place of failure has a better hint.</param>
internal sealed partial record ErrorCode(string Name, LocalizedText Meaning, LocalizedText Hint)
{
    public override string ToString() => Name;

    /// <returns>The code of that name; null where this version has none, as for a report of a newer one.</returns>
    public static ErrorCode? Find(string name) => All.FirstOrDefault(code => code.Name == name);
}
