namespace Thpc.NodeAgent.Tests.Scale;

/// <summary>What a process of a simulation waits for.</summary>
/// <param name="Seconds">The longest wait.</param>
/// <param name="Signal">Ends the wait earlier; null for none.</param>
internal readonly record struct Pause(double Seconds, Signal? Signal = null);

/// <summary>Something that happens once.</summary>
internal sealed class Signal(Simulation simulation)
{
    private readonly List<Process> _waiting = [];

    public bool IsSet { get; private set; }

    public void Set()
    {
        IsSet = true;
        _waiting.ForEach(process => simulation.Schedule(process, 0));
        _waiting.Clear();
    }

    public void Add(Process process) => _waiting.Add(process);
}

/// <summary>Steps that wait in between. Events of earlier turns are void.</summary>
internal sealed class Process(IEnumerator<Pause> steps)
{
    public IEnumerator<Pause> Steps => steps;

    public int Turn { get; set; }
}

/// <summary>A discrete-event simulation: its clock jumps from event to event. The same seed gives the same run.</summary>
internal sealed class Simulation(int seed)
{
    private readonly PriorityQueue<(Process Process, int Turn), (double Time, long Number)> _events = new();
    private readonly Random _random = new(seed);
    private long _number;

    /// <summary>Seconds since the start.</summary>
    public double Now { get; private set; }

#pragma warning disable CA5394 // It must repeat; nothing is secret.
    /// <returns>A number from 0 to 1.</returns>
    public double NextDouble() => _random.NextDouble();
#pragma warning restore CA5394

    public void Start(IEnumerable<Pause> steps, double delay = 0) => Schedule(new Process(steps.GetEnumerator()), delay);

    public void Schedule(Process process, double delay) => _events.Enqueue((process, process.Turn), (Now + delay, _number++));

    /// <summary>Runs until nothing is left to do.</summary>
    public void Run()
    {
        while (_events.TryDequeue(out var next, out var at))
        {
            var process = next.Process;
            if (next.Turn != process.Turn)
            {
                continue;
            }

            Now = at.Time;
            process.Turn++;
            if (!process.Steps.MoveNext())
            {
                continue;
            }

            var pause = process.Steps.Current;
            Schedule(process, pause.Signal?.IsSet == true ? 0 : pause.Seconds);
            if (pause.Signal is { IsSet: false })
            {
                pause.Signal.Add(process);
            }
        }
    }
}
