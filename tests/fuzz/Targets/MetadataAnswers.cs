using System.Runtime.CompilerServices;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Network;

namespace Thpc.NodeAgent.Fuzz.Targets;

/// <summary>The agent's own client of the metadata service, and what that may say to it.</summary>
internal static class MetadataAnswers
{
    private static readonly CannedConnections Connections = new();
    private static readonly MetadataService Service = Connected();

    public static void AskForInstance(int max, byte[] answer)
    {
        Connections.Next(max, answer);
        var value = Service.TryGetAsync("instance-id", CancellationToken.None).GetAwaiter().GetResult();
        Contract.Holds(value is null || (value.Length is > 0 and < 256 && !value.Any(char.IsControl)), "a fact is one short line");
    }

    public static void AskForDate(int max, byte[] answer)
    {
        Connections.Next(max, answer);
        _ = Service.TryGetDateAsync(CancellationToken.None).GetAwaiter().GetResult();
    }

    /// <param name="answer">To the question for the credential; the one for the role's name gets an answer that is right.</param>
    public static void AskForRole(byte[] answer) =>
        AskForRole(int.MaxValue, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nnode"u8.ToArray(), answer);

    public static void AskForRole(int max, byte[] names, byte[] answer)
    {
        Connections.Next(max, names, answer);
        try
        {
            var credential = RoleCredentials.GetAsync(Service, TimeSpan.Zero, _ => { }, CancellationToken.None).GetAwaiter().GetResult();
            Contract.Holds(
                credential is null or { SecretId.Length: > 0, SecretKey.Length: > 0, Token.Length: > 0 },
                "a pair that is taken is one, with its token");
        }
        catch (AgentException e)
        {
            Contract.IsSentence(e.Error, ErrorCode.CosCredentials);
            Contract.IsOneLine(e.Message);
        }
    }

    private static MetadataService Connected()
    {
        // Nothing is dialled: the connections are canned.
        var service = new MetadataService(new Uri("http://127.0.0.1:9"));
        Connections.Serve(ClientOf(service)!);
        return service;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_client")]
    private static extern ref HttpClient? ClientOf(MetadataService service);
}
