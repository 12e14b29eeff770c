namespace Thpc.NodeAgent.Doctor;

/// <summary>One check by its name. It looks and changes nothing.</summary>
internal sealed record Check(string Name, Func<CancellationToken, Task<IReadOnlyList<CheckResult>>> InspectAsync);

/// <summary>Runs checks side by side. However much is dead, all of them have ended soon after their limit.</summary>
internal static class CheckRunner
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);

    /// <returns>What was found, in the order of the checks.</returns>
    public static async Task<IReadOnlyList<CheckResult>> RunAsync(IEnumerable<Check> checks, TimeSpan limit, CancellationToken cancel) =>
        [.. (await Task.WhenAll(checks.Select(check => RunAsync(check, limit, cancel)))).SelectMany(found => found)];

    private static async Task<IReadOnlyList<CheckResult>> RunAsync(Check check, TimeSpan limit, CancellationToken cancel)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timer.CancelAfter(limit);
        try
        {
            // What looks at files may be held up in the middle of a call that knows no cancellation.
            return await Task.Run(() => check.InspectAsync(timer.Token), timer.Token).WaitAsync(timer.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return [new CheckResult(check.Name, Verdict.Fail, $"no answer within {limit.TotalSeconds:0.#} s", new("Something that this check looks at does not answer; the other lines may say what.", "该项检查的对象没有响应；其他各行可能会指出具体原因。"))];
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return [CheckResult.FromException(check.Name, e)];
        }
    }
}
