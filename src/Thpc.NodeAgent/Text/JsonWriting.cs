using System.Text.Json;

namespace Thpc.NodeAgent.Text;

/// <summary>Lists in JSON that is only written. Generated serializers would make the executable larger and its start slower.</summary>
internal static class JsonWriting
{
    /// <summary>Writes a property whose value is an array of objects.</summary>
    /// <param name="writeFields">Writes the fields of one object.</param>
    public static void WriteObjects<T>(this Utf8JsonWriter writer, string name, IEnumerable<T> items, Action<T> writeFields)
    {
        writer.WritePropertyName(name);
        writer.WriteObjects(items, writeFields);
    }

    /// <summary>Writes an array of objects.</summary>
    public static void WriteObjects<T>(this Utf8JsonWriter writer, IEnumerable<T> items, Action<T> writeFields)
    {
        writer.WriteStartArray();
        foreach (var item in items)
        {
            writer.WriteStartObject();
            writeFields(item);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    /// <summary>Writes a property whose value is an array of texts.</summary>
    public static void WriteTexts(this Utf8JsonWriter writer, string name, IEnumerable<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (var text in texts)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }

    /// <summary>Writes a property whose value is an object.</summary>
    public static void WriteObject(this Utf8JsonWriter writer, string name, Action writeFields)
    {
        writer.WriteStartObject(name);
        writeFields();
        writer.WriteEndObject();
    }
}
