using System.Security.Cryptography;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Signatures;

/// <summary>An SSH public key: ECDSA (RFC 5656), RSA (RFC 8332) or Ed25519 (RFC 8709).</summary>
/// <param name="Blob">The decoded Base64 of a line in allowed_signers. Keys are equal if these bytes are equal.</param>
internal sealed record SshPublicKey(string Type, byte[] Blob)
{
    private const string Rsa = "ssh-rsa";
    private const string Ed25519Type = "ssh-ed25519";
    private const int MinRsaBits = 2048;
    private const int MaxRsaBits = 16384;
    private const byte Uncompressed = 4;

    private static readonly Dictionary<string, (string Name, ECCurve Curve, int FieldBytes, HashAlgorithmName Hash)> Curves =
        new(StringComparer.Ordinal)
        {
            ["ecdsa-sha2-nistp256"] = ("nistp256", ECCurve.NamedCurves.nistP256, 32, HashAlgorithmName.SHA256),
            ["ecdsa-sha2-nistp384"] = ("nistp384", ECCurve.NamedCurves.nistP384, 48, HashAlgorithmName.SHA384),
            ["ecdsa-sha2-nistp521"] = ("nistp521", ECCurve.NamedCurves.nistP521, 66, HashAlgorithmName.SHA512),
        };

    // Without SHA-1 (`ssh-rsa`), which is not secure.
    private static readonly Dictionary<string, HashAlgorithmName> RsaHashes = new(StringComparer.Ordinal)
    {
        ["rsa-sha2-256"] = HashAlgorithmName.SHA256,
        ["rsa-sha2-512"] = HashAlgorithmName.SHA512,
    };

    /// <summary>The fingerprint that `ssh-keygen -l` prints.</summary>
    public string Fingerprint => $"SHA256:{Convert.ToBase64String(SHA256.HashData(Blob)).TrimEnd('=')}";

    /// <summary>Whether a word is the name of a key type, supported or not.</summary>
    public static bool IsTypeName(string word) => word == Rsa || word == Ed25519Type || Curves.ContainsKey(word)
        || word is "ssh-dss" || word.StartsWith("sk-", StringComparison.Ordinal) || word.Contains("-cert-v0", StringComparison.Ordinal);

    /// <exception cref="FormatException">The key is invalid, or its type is not supported.</exception>
    public static SshPublicKey Parse(byte[] blob)
    {
        var reader = new SshWireReader(blob);
        var type = reader.Text();
        if (type.StartsWith("sk-", StringComparison.Ordinal))
        {
            throw new SignatureException(Messages.HardwareKey(type));
        }

        if (type == Rsa)
        {
            reader.Integer();
            var bits = BitLength(reader.Integer());
            if (bits is < MinRsaBits or > MaxRsaBits)
            {
                throw new SignatureException(Messages.RsaBits(bits, MinRsaBits, MaxRsaBits));
            }
        }
        else if (type == Ed25519Type)
        {
            if (reader.String().Length != Ed25519.KeyBytes)
            {
                throw new SignatureException(Messages.Ed25519Length);
            }
        }
        else if (Curves.TryGetValue(type, out var curve))
        {
            if (reader.Text() != curve.Name || reader.String() is not [Uncompressed, .. var point] || point.Length != 2 * curve.FieldBytes)
            {
                throw new SignatureException(Messages.NotOnCurve);
            }
        }
        else
        {
            throw new SignatureException(Messages.KeyType(TerminalText.OneLine(type)));
        }

        reader.End();
        return new SshPublicKey(type, blob);
    }

    /// <param name="signature">Algorithm and value in SSH's format.</param>
    /// <exception cref="FormatException">The signature is malformed, or its algorithm does not match the key.</exception>
    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        var reader = new SshWireReader(signature);
        var algorithm = reader.Text();
        var value = reader.String();
        reader.End();
        var key = new SshWireReader(Blob);
        key.String();
        try
        {
            return Type switch
            {
                Rsa => RsaHashes.TryGetValue(algorithm, out var hash)
                    ? VerifyRsa(key, hash, data, value)
                    : throw new SignatureException(Messages.RsaAlgorithm(TerminalText.OneLine(algorithm))),
                _ when algorithm != Type =>
                    throw new SignatureException(Messages.OtherAlgorithm(TerminalText.OneLine(algorithm), Type)),
                Ed25519Type => Ed25519.Verify(key.String(), data, value),
                _ => VerifyEcdsa(key, data, value),
            };
        }
        catch (CryptographicException)
        {
            // Such as a point that is not on the curve.
            return false;
        }
    }

    private static bool VerifyRsa(SshWireReader key, HashAlgorithmName hash, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        var exponent = key.Integer().ToArray();
        using var rsa = RSA.Create(new RSAParameters { Exponent = exponent, Modulus = key.Integer().ToArray() });

        // Some signers omit leading zeros.
        var padded = new byte[rsa.KeySize / 8];
        if (signature.Length > padded.Length)
        {
            return false;
        }

        signature.CopyTo(padded.AsSpan(padded.Length - signature.Length));
        return rsa.VerifyData(data, padded, hash, RSASignaturePadding.Pkcs1);
    }

    private bool VerifyEcdsa(SshWireReader key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        var (_, curve, length, hash) = Curves[Type];
        key.String();
        var point = key.String()[1..];
        using var ecdsa = ECDsa.Create(new ECParameters
        {
            Curve = curve,
            Q = new ECPoint { X = point[..length].ToArray(), Y = point[length..].ToArray() },
        });
        var reader = new SshWireReader(signature);
        var joined = new byte[2 * length];
        foreach (var half in (Memory<byte>[])[joined.AsMemory(0, length), joined.AsMemory(length)])
        {
            var number = reader.Integer();
            if (number.Length > length)
            {
                return false;
            }

            number.CopyTo(half.Span[(length - number.Length)..]);
        }

        reader.End();
        return ecdsa.VerifyData(data, joined, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    private static int BitLength(ReadOnlySpan<byte> number) =>
        (8 * number.Length) - (System.Numerics.BitOperations.LeadingZeroCount(number[0]) - 24);
}
