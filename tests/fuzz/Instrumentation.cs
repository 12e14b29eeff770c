using dnlib.DotNet;
using dnlib.DotNet.MD;
using dnlib.DotNet.Writer;
using SharpFuzz;

namespace Thpc.NodeAgent.Fuzz;

/// <summary>Makes assemblies, in place, count the branches that they take.</summary>
internal static class Instrumentation
{
    // Only the framework's parsers: with all of it, our own branches would be lost in the map of 65536 counters.
    private static readonly Dictionary<string, string[]> Parsers = new(StringComparer.Ordinal)
    {
        ["System.Text.Json.dll"] = ["System.Text.Json.Utf8JsonReader", "System.Text.Json.JsonReaderHelper",
            "System.Text.Json.JsonDocument"],
        ["System.Net.Http.dll"] = ["System.Net.Http.HttpConnection/", "System.Net.Http.Headers."],
    };

    public static void Run(IEnumerable<string> assemblies)
    {
        foreach (var path in assemblies)
        {
            var prefixes = Parsers.GetValueOrDefault(Path.GetFileName(path));
            ToIntermediateLanguage(path);
            var types = Fuzzer.Instrument(
                path, type =>
                    prefixes is null
                        || Array.Exists(prefixes, prefix => type.StartsWith(prefix, StringComparison.Ordinal) || type + "/" == prefix),
                        Options.Value);
            Console.WriteLine($"{Path.GetFileName(path)}: {types.Count()} types are instrumented");
        }
    }

    /// <summary>The framework's assemblies hold machine code beside the intermediate language, and that cannot be instrumented.</summary>
    private static void ToIntermediateLanguage(string path)
    {
        using var module = ModuleDefMD.Load(File.ReadAllBytes(path));
        if (!module.IsILOnly)
        {
            var options = new ModuleWriterOptions(module);
            options.PEHeadersOptions.Machine = dnlib.PE.Machine.I386;
            options.Cor20HeaderOptions.Flags = ComImageFlags.ILOnly;
            module.Write(path, options);
        }
    }
}
