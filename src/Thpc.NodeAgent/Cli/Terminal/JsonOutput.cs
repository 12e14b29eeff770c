using System.Text.Json;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Cli;

/// <summary>Prints a command's result as JSON on standard output.</summary>
internal static class JsonOutput
{
    public static void Write(Action<Utf8JsonWriter> write)
    {
        using var output = Console.OpenStandardOutput();
        using var writer = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true, Encoder = ReportJson.Letters });
        write(writer);
    }

    public static void Write(ReadOnlySpan<byte> json)
    {
        using var output = Console.OpenStandardOutput();
        output.Write(json);
    }
}
