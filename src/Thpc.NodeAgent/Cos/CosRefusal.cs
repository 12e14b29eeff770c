using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Cos;

/// <summary>Why COS answered 403, from the Code and Message of its answer (COS document "Error Codes").</summary>
/// <param name="Reason">One clause for the message.</param>
/// <param name="IsClock">The request may succeed once it is signed with the server's time.</param>
internal sealed record CosRefusal(LocalizedText Reason, LocalizedText Hint, bool IsClock = false)
{
    private static readonly CosRefusal WrongKey = new(Messages.WrongKey, Hints.CorrectSecretKey);
    private static readonly CosRefusal UnknownId = new(Messages.UnknownId, Hints.UseKnownSecretId);
    private static readonly CosRefusal Expired = new(Messages.CredentialExpired, Hints.RenewTemporaryKey);
    private static readonly CosRefusal Clock = new(Messages.ClocksDiffer, Hints.SynchronizeClock, IsClock: true);
    private static readonly CosRefusal UrlExpired = new(Messages.UrlExpired, Hints.RenewPresignedUrl);
    private static readonly CosRefusal Denied = new(Messages.ReadDenied, Hints.AllowGetObject);
    private static readonly CosRefusal Unsigned = new(Messages.NotPublic, Hints.ProvideCredentials);

    /// <param name="code">The answer's Code; null if it has none, as answers to HEAD.</param>
    /// <param name="isSigned">Whether the agent signed the request. A presigned URL counts as unsigned.</param>
    /// <returns>Null if the reason is unknown.</returns>
    public static CosRefusal? From(string? code, string? message, bool isSigned) => code switch
    {
        "SignatureDoesNotMatch" => WrongKey,
        "InvalidAccessKeyId" => UnknownId,
        "ExpiredToken" => Expired,
        "RequestTimeTooSkewed" => Clock,
        "AccessDenied" when message == "Request has expired" => isSigned ? Clock : UrlExpired,
        "AccessDenied" => isSigned ? Denied : Unsigned,
        _ => null,
    };
}
