using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Signatures;

/// <summary>
/// A file signature as `ssh-keygen -Y sign` makes it (OpenSSH's PROTOCOL.sshsig). Only its canonical text is accepted: any changed bit
/// makes it invalid or another signature.
/// </summary>
internal sealed class SshSignature
{
    public const int MaxBytes = 16 << 10;
    private const string Begin = "-----BEGIN SSH SIGNATURE-----\n";
    private const string End = "-----END SSH SIGNATURE-----\n";
    private const int Version = 1;
    private static readonly byte[] Magic = "SSHSIG"u8.ToArray();
    private readonly byte[] _reserved;
    private readonly string _hash;
    private readonly byte[] _signature;

    private SshSignature(byte[] blob)
    {
        var reader = new SshWireReader(blob);
        if (!reader.Bytes(Magic.Length).SequenceEqual(Magic) || reader.Number() != Version)
        {
            throw new SignatureException(Messages.NotVersion1);
        }

        Key = SshPublicKey.Parse(reader.String().ToArray());
        Namespace = reader.Text();
        _reserved = reader.String().ToArray();
        _hash = reader.Text();
        _signature = reader.String().ToArray();
        reader.End();
        if (_hash is not ("sha256" or "sha512"))
        {
            throw new SignatureException(Messages.HashUnsupported(TerminalText.OneLine(_hash)));
        }
    }

    /// <summary>The key that the signature names; not trusted yet.</summary>
    public SshPublicKey Key { get; }

    /// <summary>The purpose of the signature.</summary>
    public string Namespace { get; }

    public HashAlgorithmName Hash => _hash == "sha256" ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA512;

    /// <exception cref="FormatException">The file is not a valid signature.</exception>
    public static SshSignature Parse(ReadOnlySpan<byte> file)
    {
        var text = Encoding.Latin1.GetString(file);
        if (file.Length > MaxBytes || !text.StartsWith(Begin, StringComparison.Ordinal) || !text.EndsWith(End, StringComparison.Ordinal)
            || text.Length < Begin.Length + End.Length)
        {
            throw new SignatureException(Messages.NotSignature);
        }

        var body = text[Begin.Length..^End.Length];
        var lines = body.Split('\n');
        if (lines.Length < 2 || lines[^1].Length > 0 || lines[^2].Length > lines[0].Length
            || lines[..^2].Any(line => line.Length != lines[0].Length))
        {
            throw new SignatureException(Messages.UnequalLines);
        }

        var base64 = string.Concat(lines);
        byte[] blob;
        try
        {
            blob = Convert.FromBase64String(base64);
        }
        catch (FormatException)
        {
            throw new SignatureException(Messages.NotBase64);
        }

        return Convert.ToBase64String(blob) == base64 ? new SshSignature(blob) : throw new SignatureException(Messages.NotBase64);
    }

    /// <summary>Whether this is a valid signature of a file.</summary>
    /// <param name="hash">The file's hash, by the algorithm <see cref="Hash"/>.</param>
    /// <exception cref="FormatException">The signature's algorithm does not match the key.</exception>
    public bool IsOf(byte[] hash)
    {
        using var signed = new MemoryStream();
        signed.Write(Magic);
        Span<byte> length = stackalloc byte[sizeof(uint)];
        foreach (var part in (byte[][])[Encoding.Latin1.GetBytes(Namespace), _reserved, Encoding.Latin1.GetBytes(_hash), hash])
        {
            BinaryPrimitives.WriteUInt32BigEndian(length, (uint)part.Length);
            signed.Write(length);
            signed.Write(part);
        }

        return Key.Verify(signed.ToArray(), _signature);
    }
}
