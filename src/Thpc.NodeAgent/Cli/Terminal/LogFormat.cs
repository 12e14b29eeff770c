namespace Thpc.NodeAgent.Cli;

internal enum LogFormat
{
    Auto,
    Text,
    Journal,
    Json,
}
