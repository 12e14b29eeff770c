using System.Security.Cryptography;
using CsCheck;
using Thpc.NodeAgent.Host.Signatures;

namespace Thpc.NodeAgent.Tests.Host.Signatures;

/// <summary>The oracle is OpenSSH's ssh-keygen.</summary>
public sealed class SshSignatureTests(SshKeys keys) : IClassFixture<SshKeys>
{
    private static readonly byte[] Script = "#!/bin/sh\necho signed\n"u8.ToArray();

    public static TheoryData<string> Kinds => [.. SshKeys.Kinds.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Signatures_of_all_key_types_verify_like_ssh_keygen(string kind)
    {
        Needs.Program("ssh-keygen");
        foreach (var hash in (string[])["sha256", "sha512"])
        {
            var signature = keys.Sign(kind, Script, hash: hash);
            Assert.True(keys.Verifies($"me {keys.PublicKey(kind)}\n", "me", Script, signature));
            var parsed = SshSignature.Parse(signature);
            Assert.Equal(keys.PublicKey(kind), $"{parsed.Key.Type} {Convert.ToBase64String(parsed.Key.Blob)}");
            Assert.True(IsOf(signature, Script));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Any_flipped_bit_invalidates_the_signature(string kind)
    {
        Needs.Program("ssh-keygen");
        var signature = keys.Sign(kind, Script);
        var key = SshSignature.Parse(signature).Key.Blob;
        for (var bit = 0; bit < 8 * signature.Length; bit++)
        {
            var changed = signature.ToArray();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(IsOf(changed, Script, key), $"bit {bit % 8} of byte {bit / 8}");
        }

        for (var bit = 0; bit < 8 * Script.Length; bit++)
        {
            var changed = Script.ToArray();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(IsOf(signature, changed, key), $"bit {bit % 8} of byte {bit / 8} of the script");
        }
    }

    [Fact]
    public void Accepted_signatures_are_accepted_by_ssh_keygen_too()
    {
        Needs.Program("ssh-keygen");
        string[] kinds = [.. SshKeys.Kinds.Keys];
        var signatures = kinds.Select(kind => keys.Sign(kind, Script)).ToArray();
        var signers = string.Concat(kinds.Select(kind => $"me {keys.PublicKey(kind)}\n"));
        Gen.Select(Gen.Int[0, kinds.Length - 1], Gen.Int[0, 5], Gen.Int[0, 2000], Gen.Int[0, 20]).Sample(
            (kind, edit, place, length) =>
            {
                var text = signatures[kind].ToList();
                var at = place % text.Count;
                var count = Math.Min(length, text.Count - at);
                switch (edit)
                {
                    case 0: text.RemoveRange(at, count); break;
                    case 1: text.InsertRange(at, text.GetRange(at, count)); break;
                    case 2: text.Insert(at, (byte)'\n'); break;
                    case 3: text.RemoveAll(b => b == '\n'); break;
                    case 4: text.Insert(at, (byte)' '); break;
                    default: text.InsertRange(0, "\n\n"u8.ToArray()); break;
                }

                byte[] mangled = [.. text];
                Assert.True(!IsOf(mangled, Script) || keys.Verifies(signers, "me", Script, mangled));
            },
            iter: 150, threads: 1);
    }

    [Fact]
    public void RSA_signature_with_SHA_1_is_refused()
    {
        Needs.Program("ssh-keygen");
        var text = System.Text.Encoding.Latin1.GetString(keys.Sign("rsa2048", Script));
        var blob = Convert.FromBase64String(string.Concat(text.Split('\n')[1..^2]));
        var at = blob.AsSpan().IndexOf("rsa-sha2-512"u8);
        byte[] inner = [0, 0, 0, 7, .. "ssh-rsa"u8, .. blob[(at + 12)..]];
        byte[] old = [.. blob[..(at - 8)], 0, 0, (byte)(inner.Length >> 8), (byte)inner.Length, .. inner];
        var signature = $"-----BEGIN SSH SIGNATURE-----\n{Convert.ToBase64String(old)}\n-----END SSH SIGNATURE-----\n";
        var error = Assert.Throws<SignatureException>(
            () => SshSignature.Parse(System.Text.Encoding.Latin1.GetBytes(signature)).IsOf(SHA512.HashData(Script)));
        Assert.Contains("ssh-rsa", error.Message, StringComparison.Ordinal);
    }

    private static bool IsOf(byte[] signature, byte[] content, byte[]? key = null)
    {
        try
        {
            var parsed = SshSignature.Parse(signature);
            return parsed.Namespace == ScriptSigners.Namespace && (key is null || parsed.Key.Blob.AsSpan().SequenceEqual(key))
                && parsed.IsOf(CryptographicOperations.HashData(parsed.Hash, content));
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
