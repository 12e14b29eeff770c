using System.Text;
using System.Text.Json;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Cli;

/// <summary>Prints a command's result as JSON on standard output, with a newline at its end.</summary>
internal static class JsonOutput
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = ReportJson.Letters };

    public static void Write(Action<Utf8JsonWriter> write) => Write(StandardStreams.Output, write);

    /// <summary>Returns the text that <see cref="Write(Action{Utf8JsonWriter})"/> prints.</summary>
    public static string ToText(Action<Utf8JsonWriter> write)
    {
        using var text = new MemoryStream();
        Write(text, write);
        return Encoding.UTF8.GetString(text.ToArray());
    }

    private static void Write(Stream output, Action<Utf8JsonWriter> write)
    {
        using (var writer = new Utf8JsonWriter(output, Options))
        {
            write(writer);
        }

        output.Write("\n"u8);
    }

    public static void Write(ReadOnlySpan<byte> json)
    {
        using var output = Console.OpenStandardOutput();
        output.Write(json);
    }
}
