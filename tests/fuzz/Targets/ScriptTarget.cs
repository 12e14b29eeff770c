using System.Security.Cryptography;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Stages.Script;

namespace Thpc.NodeAgent.Fuzz.Targets;

/// <summary>A script on its way in: counted, limited and hashed as it comes, then vetted.</summary>
internal static class ScriptTarget
{
    private const int MaxBytes = 256;
    private static readonly string Place = Scratch.File("script");

    public static void Run(byte[] input)
    {
        Receive(input);
        Vet(input);
    }

    private static void Receive(byte[] input)
    {
        try
        {
            using var file = new DownloadedFile(Place, MaxBytes, "it");
            var fetched = file.ReceiveAsync(new MemoryStream(input), CancellationToken.None).GetAwaiter().GetResult();
            Contract.Holds(fetched.Length == input.Length && input.Length <= MaxBytes, "what was received is as long as what was sent");
            Contract.Holds(fetched.Sha256 == Convert.ToHexString(SHA256.HashData(input)), "its hash is that of what was sent");
            Contract.Holds(File.ReadAllBytes(Place).AsSpan().SequenceEqual(input), "the file has what was sent");
        }
        catch (AgentException e)
        {
            Contract.IsSentence(e.Error, ErrorCode.ScriptTooLarge);
            Contract.Holds(input.Length > MaxBytes, "only what is too large is refused");
        }
    }

    private static void Vet(byte[] input)
    {
        try
        {
            var shebang = Shebang.Parse(input, "it");
            Contract.Holds(input.AsSpan().StartsWith("#!/"u8), "a script begins with #!/");
            Contract.Holds(
                shebang.Interpreter.StartsWith('/') && !shebang.Interpreter.AsSpan().ContainsAny(" \t\r\n\0"),
                "an interpreter is a path without blanks");
            Contract.Holds(
                shebang.Argument is null || (shebang.Argument.Length > 0 && shebang.Argument.Trim(' ', '\t') == shebang.Argument),
                "an argument has no blanks around it");
            Contract.Holds(shebang.CommandLine("/s") is [_, .., "/s"], "the script is the last word of its command line");
            Contract.Holds(shebang.EnvProgram is null or { Length: > 0 }, "a program that env starts has a name");
            shebang.RequireInterpreter("it");
        }
        catch (AgentException e)
        {
            Contract.IsSentence(e.Error, ErrorCode.ScriptNoShebang, ErrorCode.ScriptBadFormat, ErrorCode.ScriptInterpreterMissing);
            Contract.IsOneLine(e.Message);
        }
    }
}
