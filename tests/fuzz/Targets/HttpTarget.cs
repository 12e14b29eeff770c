using System.Runtime.CompilerServices;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Fuzz.Targets;

/// <summary>
/// The raw bytes of an answer, from the status line on. The first byte selects the client, and whether the bytes arrive one at a time.
/// The byte 0x1E separates two answers.
/// </summary>
internal static class HttpTarget
{
    private const int MaxBytes = 128;
    private const int StartBytes = 300;
    private const byte Between = 0x1E;
    private const string Asked = "GET cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/echo.sh";
    private static readonly Uri Location = new("cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/echo.sh");
    private static readonly CosCredential Credential = new("id", "key", "token", "test");
    private static readonly ErrorCode[] Codes =
        [ErrorCode.CosUnreachable, ErrorCode.CosForbidden, ErrorCode.CosNotFound, ErrorCode.CosServerError, ErrorCode.CosCorrupt];
    private static readonly string Place = Scratch.File("object");
    private static readonly CannedConnections Connections = new();
    private static readonly CosClient Client = Connected();

    public static void Run(byte[] input)
    {
        if (input.Length == 0)
        {
            return;
        }

        var max = (input[0] & 0x80) != 0 ? 1 : int.MaxValue;
        var answer = input[1..];
        Connections.Next(max, answer);
        switch (input[0] % 8)
        {
            case 4:
                MetadataAnswers.AskForInstance(max, answer);
                break;
            case 5:
                MetadataAnswers.AskForDate(max, answer);
                break;
            case 6:
                var cut = Array.IndexOf(answer, Between);
                MetadataAnswers.AskForRole(max, cut < 0 ? answer : answer[..cut], cut < 0 ? answer : answer[(cut + 1)..]);
                break;
            case 2:
                Ask(() =>
                    Contract.Holds(
                        Client.HeadAsync(Location, Credential, Timeout.InfiniteTimeSpan, CancellationToken.None).GetAwaiter()
                            .GetResult().Length is null or >= 0, "a length is no less than nothing"));
                break;
            case 3:
                Ask(() =>
                    Contract.Holds(
                        Client.ReadStartAsync(Location, null, StartBytes, Timeout.InfiniteTimeSpan, CancellationToken.None).GetAwaiter()
                            .GetResult().Length <= StartBytes, "no more is read than was wanted"));
                break;
            default:
                Ask(Fetch);
                break;
        }
    }

    /// <summary>One attempt: between two of them are pauses, and those are not what is looked at here.</summary>
    private static void Fetch()
    {
        var (fetched,
            fault) = TryAsync(
                Client, Location, Location.Host, Credential, Place,
                new FetchLimits(MaxBytes, TimeSpan.FromMinutes(1), TimeProvider.System.GetTimestamp()), Asked, CancellationToken.None)
                .GetAwaiter().GetResult();
        Contract.Holds(fetched is null != fault is null, "it comes, or it fails");
        if (fetched is not null)
        {
            Contract.Holds(
                fetched.Length <= MaxBytes && new FileInfo(Place).Length == fetched.Length,
                "the file has what came, and no more than the most");
        }
        else if (fault is not null)
        {
            throw new AgentException(fault.Error);
        }
    }

    private static void Ask(Action question)
    {
        try
        {
            question();
        }
        catch (AgentException e)
        {
            Contract.IsSentence(e.Error, [.. Codes, ErrorCode.ScriptTooLarge]);
            Contract.IsOneLine(e.Message);
        }
    }

    private static CosClient Connected()
    {
        // Nothing is dialled: the connections are canned.
        var client = new CosClient(new Uri("http://127.0.0.1:9"));
        Connections.Serve(ClientOf(client));
        return client;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_client")]
    private static extern ref HttpClient ClientOf(CosClient client);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "TryAsync")]
    private static extern Task<(FetchedObject? Fetched, CosFault? Fault)> TryAsync(
        CosClient client, Uri location, string host, CosCredential? credential, string destination, FetchLimits limits,
        LocalizedText what, CancellationToken cancel);
}
