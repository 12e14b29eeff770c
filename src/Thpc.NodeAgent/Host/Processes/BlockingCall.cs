namespace Thpc.NodeAgent.Host.Processes;

/// <summary>Runs file operations that may block on a dead server.</summary>
internal static class BlockingCall
{
    private static readonly TimeSpan EndOfWrite = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Runs the work on its own thread and waits at most until the limit. After that the thread is abandoned; it ends with the process,
    /// because a wait for a network file system can be killed.
    /// </summary>
    /// <exception cref="TimeoutException">The limit ended.</exception>
    public static Task<T> RunAsync<T>(Func<T> work, TimeSpan limit, CancellationToken cancel) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .WaitAsync(limit, cancel);

    /// <summary>
    /// The same for work that replaces a file. After cancellation it waits a few more seconds: else the process could end before the
    /// temporary file is renamed.
    /// </summary>
    /// <exception cref="TimeoutException">The limit ended.</exception>
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
