using System.Text;
using System.Text.Json;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Tests.Documentation;

/// <summary>docs/node-agent.schema.json: what `config schema` prints.</summary>
internal static class SchemaPage
{
    public static string Write()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = ReportJson.Letters }))
        {
            ConfigSchema.Write(writer);
        }

        return $"{Encoding.UTF8.GetString(stream.ToArray())}\n";
    }
}
