using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Host.Signatures;

/// <summary>A signature, a key or a line of allowed_signers is malformed or not accepted.</summary>
internal sealed class SignatureException(LocalizedText text) : FormatException(text.English)
{
    public SignatureException()
        : this("")
    {
    }

    public LocalizedText Text => text;
}
