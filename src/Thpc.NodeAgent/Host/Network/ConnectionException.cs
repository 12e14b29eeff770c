using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Host.Network;

/// <summary>No address of a server accepted a connection.</summary>
internal sealed class ConnectionException(LocalizedText text) : IOException(text.English)
{
    public ConnectionException()
        : this("")
    {
    }

    /// <returns>Why the HTTP client has no connection; null if the exception has another cause.</returns>
    public static LocalizedText? Reason(Exception exception) => exception switch
    {
        ConnectionException refused => refused.Text,
        NameResolutionException unknown => unknown.Text,
        { InnerException: { } inner } => Reason(inner),
        _ => null,
    };

    private LocalizedText Text => text;
}
