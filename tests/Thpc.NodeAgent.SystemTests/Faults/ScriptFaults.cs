using Thpc.NodeAgent.Host.Native;

namespace Thpc.NodeAgent.SystemTests.Faults;

/// <summary>Runs the scripts of all rows in parallel, because many take their whole limit.</summary>
public sealed class ScriptFaults : IAsyncLifetime
{
    private readonly Dictionary<string, Task<(FaultEnd End, string Log)>> _runs = [];

    internal Task<(FaultEnd End, string Log)> RunOf(string name)
    {
        Needs.RootUser();
        return _runs[name];
    }

    public async ValueTask InitializeAsync()
    {
        if (NativeMethods.EffectiveUserId() != 0)
        {
            return;
        }

        foreach (var row in ScriptFaultTests.Rows)
        {
            _runs[row.Name] = RunAsync(row);
        }

        await Task.WhenAll(_runs.Values).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async Task<(FaultEnd End, string Log)> RunAsync(ScriptFaultRow row)
    {
        using var fault = new FaultNode();
        fault.Node.Configure("[script]\nkill_grace = 1\n[mount]\ntimeout = 1\nattempt_timeout = 1");
        fault.Node.AddScript("fault.sh", row.Text, row.Limit);
        if (row.Code is not null)
        {
            // This script must not run.
            fault.Node.Configure("[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"127.0.0.1:/\"\nprotocol = \"NFS 4.0\"");
        }

        var end = await fault.BootstrapAsync(row.Prepare);
        return (end, fault.Node.Has("/var/log/thpc-node-agent/init-script-1.log") ? fault.Node.Log() : "");
    }
}
