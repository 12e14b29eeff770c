using SharpFuzz;
using Thpc.NodeAgent.Fuzz;
using Thpc.NodeAgent.Fuzz.Targets;

Dictionary<string, Action<byte[]>> targets = new(StringComparer.Ordinal)
{
    ["toml"] = TomlTarget.Run,
    ["json"] = JsonTarget.Run,
    ["fstab"] = FstabTarget.Run,
    ["mountinfo"] = MountInfoTarget.Run,
    ["cosxml"] = CosXmlTarget.Run,
    ["http"] = HttpTarget.Run,
    ["script"] = ScriptTarget.Run,
    ["pem"] = PemTarget.Run,
    ["signature"] = SignatureTarget.Run,
};

switch (args)
{
    case ["targets"]:
        Console.WriteLine(string.Join('\n', targets.Keys));
        return 0;
    case ["instrument", .. var assemblies]:
        Instrumentation.Run(assemblies);
        return 0;

    // Under the driver, which starts this program with nothing but the target's name.
    case [var name] when targets.TryGetValue(name, out var target):
        Fuzzer.LibFuzzer.Run(data => Contract.Bounded(target, data.ToArray()));
        return 0;
    case [var name, .. var files] when targets.TryGetValue(name, out var target):
        foreach (var file in files)
        {
            Contract.Bounded(target, File.ReadAllBytes(file));
        }

        return 0;
    default:
        Console.Error.WriteLine("usage: fuzz targets | fuzz instrument ASSEMBLY... | fuzz TARGET [FILE...]");
        return 2;
}
