using System.Buffers;
using System.Buffers.Text;
using System.Formats.Asn1;

namespace Thpc.NodeAgent.Host.Network.Tls;

/// <summary>Reads the certificates of a PEM file, with the same result as OpenSSL's PEM_read_bio_X509 called until it fails.</summary>
internal static class PemCertificates
{
    private static readonly SearchValues<byte> Blank = SearchValues.Create(" \t\r\n\f\v\0"u8);

    /// <summary>
    /// Reads the blocks labelled CERTIFICATE or X509 CERTIFICATE, in order. Other blocks and text between blocks are skipped. Reading
    /// stops at a block that is invalid or has no end.
    /// </summary>
    /// <returns>The DER of each block. Only its subject was checked.</returns>
    public static IReadOnlyList<byte[]> Read(ReadOnlySpan<byte> text)
    {
        List<byte[]> found = [];
        while (NextLine(ref text, out var line))
        {
            if (Label(line, "-----BEGIN "u8) is not { Length: > 0 } label)
            {
                continue;
            }

            var wanted = label.SequenceEqual("CERTIFICATE"u8) || label.SequenceEqual("X509 CERTIFICATE"u8);
            var body = text;
            if (!SkipBody(ref text, label, out var length) || (wanted && !TryDecode(body[..length], found)))
            {
                break;
            }
        }

        return found;
    }

    /// <returns>The subject's name in DER; empty if this is not a certificate.</returns>
    public static ReadOnlyMemory<byte> Subject(ReadOnlyMemory<byte> certificate)
    {
        try
        {
            var fields = new AsnReader(certificate, AsnEncodingRules.BER).ReadSequence().ReadSequence();
            if (fields.PeekTag().HasSameClassAndValue(new Asn1Tag(TagClass.ContextSpecific, 0)))
            {
                fields.ReadEncodedValue(); // the version; version 1 certificates omit it
            }

            // Serial number, signature algorithm, issuer, validity (RFC 5280, 4.1).
            for (var i = 0; i < 4; i++)
            {
                fields.ReadEncodedValue();
            }

            return fields.ReadEncodedValue();
        }
        catch (AsnContentException)
        {
            return default;
        }
    }

    /// <summary>Advances the text past the block's last line.</summary>
    /// <param name="length">The length of the block's body.</param>
    /// <returns>Whether the block has an end.</returns>
    private static bool SkipBody(ref ReadOnlySpan<byte> text, scoped ReadOnlySpan<byte> label, out int length)
    {
        var start = text.Length;
        length = 0;
        while (NextLine(ref text, out var line))
        {
            if (line.StartsWith("-----END "u8))
            {
                return Label(line, "-----END "u8).SequenceEqual(label);
            }

            length = start - text.Length;
        }

        return false;
    }

    private static bool TryDecode(ReadOnlySpan<byte> body, List<byte[]> found)
    {
        var buffer = new byte[Base64.GetMaxDecodedFromUtf8Length(body.Length)];
        if (Base64.DecodeFromUtf8(body, buffer, out _, out var written) != OperationStatus.Done
            || Subject(buffer.AsMemory(0, written)).IsEmpty)
        {
            return false;
        }

        found.Add(buffer[..written]);
        return true;
    }

    /// <returns>The text between the prefix and the closing dashes; empty for any other line.</returns>
    private static ReadOnlySpan<byte> Label(ReadOnlySpan<byte> line, ReadOnlySpan<byte> prefix) =>
        line.Length > prefix.Length + 5 && line.StartsWith(prefix) && line.EndsWith("-----"u8) ? line[prefix.Length..^5] : default;

    private static bool NextLine(ref ReadOnlySpan<byte> text, out ReadOnlySpan<byte> line)
    {
        var end = text.IndexOf((byte)'\n');
        line = end < 0 ? text : text[..end];
        var found = !text.IsEmpty;
        text = end < 0 ? default : text[(end + 1)..];
        var last = line.LastIndexOfAnyExcept(Blank);
        line = line[..(last + 1)];
        return found;
    }
}
