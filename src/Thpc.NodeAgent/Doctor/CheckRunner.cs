using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Doctor;

/// <summary>A named check. It reads and changes nothing.</summary>
internal sealed record Check(string Name, Func<CancellationToken, Task<IReadOnlyList<CheckResult>>> RunAsync);

/// <summary>Runs checks in parallel. A check that exceeds the limit becomes a failed result.</summary>
internal static class CheckRunner
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);

    /// <returns>The results, in the order of the checks.</returns>
    public static async Task<IReadOnlyList<CheckResult>> RunAsync(IEnumerable<Check> checks, TimeSpan limit, CancellationToken cancel) =>
        [.. (await Task.WhenAll(checks.Select(check => RunAsync(check, limit, cancel)))).SelectMany(results => results)];

    private static async Task<IReadOnlyList<CheckResult>> RunAsync(Check check, TimeSpan limit, CancellationToken cancel)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timer.CancelAfter(limit);
        try
        {
            // A system call that reads files may block and cannot be cancelled, so the check is abandoned.
            return await Task.Run(() => check.RunAsync(timer.Token), timer.Token).WaitAsync(timer.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return [new CheckResult(check.Name, Verdict.Fail, Messages.NoAnswer($"{limit.TotalSeconds:0.#}"), Hints.CheckTimedOut)];
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return [CheckResult.FromError(check.Name, Error.From(e))];
        }
    }
}
