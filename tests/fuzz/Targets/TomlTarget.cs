using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Configuration.Toml;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Network;

namespace Thpc.NodeAgent.Fuzz.Targets;

/// <summary>
/// The configuration as a whole, storage that is put into it and taken out of it, what an image has to lose of it, and the file of
/// credentials.
/// </summary>
internal static class TomlTarget
{
    private const string FileName = "node-agent.toml";
    private const string OptionFile = "option.json";
    private const string Option =
        """{"ClusterId": "hpc-8hje8h12", "StorageOption": {"CFSOptions": [{"LocalPath": "/opt", "RemotePath": "172.30.3.90:/"}]}}""";

    private static readonly ConfigNode Added = new StorageFlags { LocalPath = "/added", RemotePath = "172.30.3.90:/" }.ToNode()!;
    private static readonly NodeRoot Root = Scratch.Root("/etc/thpc");

    public static void Run(byte[] input)
    {
        var text = Texts.Of(input);
        var config = Load(text);
        _ = ClusterTraces.Role(text);
        var node = TomlText.Parse(text, FileName, []);
        Contract.Holds(config is null || node is not null, "a configuration is TOML");

        // One of several uses an input, for each parses the text several times over.
        switch (node is null ? -1 : input.Length % 3)
        {
            case 0:
                Edit(text);
                break;
            case 1:
                var traces = ClusterTraces.Find(text);
                Contract.Holds(traces.Rest is null || ClusterTraces.Find(traces.Rest).Names.Count == 0, "what was taken out is out");
                break;
            case 2:
                _ = ClusterTraces.GooseFsHome(text);
                break;
        }

        if (text.Contains("secret", StringComparison.Ordinal))
        {
            Credentials(input);
        }
    }

    private static NodeConfig? Load(string text)
    {
        try
        {
            var loaded = ConfigLoader.Load(
                text, FileName, new Dictionary<string, string>(), new ConfigOverrides(),
                name => name == "/" + OptionFile ? Option : throw new FileNotFoundException("there is none"));
            foreach (var storage in loaded.Config.Storage)
            {
                Contract.Holds(
                    LocalPath.Validate(storage.LocalPath) is null && LocalPath.Normalize(storage.LocalPath) == storage.LocalPath,
                    "a mount point that is taken is one");
                Contract.IsOneLine(storage.Source);
            }

            foreach (var script in loaded.Config.InitScripts)
            {
                Contract.IsOneLine(script.DisplayName);
            }

            return loaded.Config;
        }
        catch (AgentException e)
        {
            Contract.IsSentence(e.Error, ErrorCode.ConfigInvalid);
            // Indented: the line with the mistake, and its caret.
            Texts.AreComplaints(e.Message.Split('\n').Where(line => !line.StartsWith(' ')), FileName, "/" + OptionFile);
            return null;
        }
    }

    private static void Edit(string text)
    {
        try
        {
            var more = StorageToml.Append(text, FileName, Added, _ => true);
            Contract.Holds(more.StartsWith(text, StringComparison.Ordinal), "what is added comes behind, and nothing else is changed");
            var less = StorageToml.Remove(more, FileName, "/added");
            Contract.Holds(
                TomlText.Parse(less, FileName, [])!.SameAs(TomlText.Parse(text, FileName, [])!),
                "what was added and taken out leaves what there was");
        }
        catch (AgentException e)
        {
            Contract.IsSentence(e.Error, ErrorCode.ConfigInvalid);
        }

        try
        {
            var less = StorageToml.Remove(text, FileName, "/data");
            Contract.Holds(less.Length < text.Length, "what is taken out leaves less");
        }
        catch (AgentException e)
        {
            Contract.IsSentence(e.Error, ErrorCode.ConfigInvalid);
        }
    }

    private static void Credentials(byte[] input)
    {
        Scratch.Write(Root.CosCredentials, input);
        using var metadata = new MetadataService(null);
        try
        {
            var found = new CosCredentials(CosCredentialSource.File, Root, metadata, new Dictionary<string, string>()).FindAsync(
                TimeSpan.Zero, _ => { }, CancellationToken.None).GetAwaiter().GetResult();
            Contract.Holds(found is { SecretId.Length: > 0, SecretKey.Length: > 0 }, "a pair that is taken is one");
        }
        catch (AgentException e)
        {
            Contract.IsSentence(e.Error, ErrorCode.CosCredentials);
            Contract.IsOneLine(e.Message);
        }
    }
}
