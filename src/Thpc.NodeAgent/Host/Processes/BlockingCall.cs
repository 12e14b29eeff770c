namespace Thpc.NodeAgent.Host.Processes;

/// <summary>Work on files that may lie on a dead server.</summary>
internal static class BlockingCall
{
    private static readonly TimeSpan EndOfWrite = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Does the work on a thread of its own and waits for it no longer than the limit; the thread is left to itself then, and
    /// ends with the process, for what waits for a network file system can be killed.
    /// </summary>
    /// <exception cref="TimeoutException">The limit ran out.</exception>
    public static Task<T> RunAsync<T>(Func<T> work, TimeSpan limit, CancellationToken cancel) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).WaitAsync(limit, cancel);

    /// <summary>
    /// The same for work that replaces a file. Cancelled, it is waited for a few seconds: the process would else end in the middle of
    /// it, and a temporary file stay.
    /// </summary>
    /// <exception cref="TimeoutException">The limit ran out.</exception>
    public static async Task<T> WriteAsync<T>(Func<T> work, TimeSpan limit, CancellationToken cancel)
    {
        var task = RunAsync(work, limit, CancellationToken.None);
        try
        {
            return await task.WaitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAny(task, Task.Delay(EndOfWrite, CancellationToken.None));
            throw;
        }
    }
}
