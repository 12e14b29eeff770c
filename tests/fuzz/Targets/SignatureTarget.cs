using System.Security.Cryptography;
using System.Text;
using Thpc.NodeAgent.Host.Signatures;

namespace Thpc.NodeAgent.Fuzz.Targets;

/// <summary>A signature's file, as it is and from its content in Base64, and the list of signers.</summary>
internal static class SignatureTarget
{
    private static readonly byte[] Hash = SHA512.HashData("#!/bin/sh\n"u8);

    public static void Run(byte[] input)
    {
        Signature(input);
        Signature(
            Encoding.ASCII.GetBytes($"-----BEGIN SSH SIGNATURE-----\n{Convert.ToBase64String(input)}\n-----END SSH SIGNATURE-----\n"));
        Signers(Texts.Of(input));
    }

    private static void Signature(byte[] input)
    {
        try
        {
            var signature = SshSignature.Parse(input);
            Contract.Holds(signature.Key.Fingerprint.StartsWith("SHA256:", StringComparison.Ordinal), "a key has a fingerprint");
            signature.IsOf(Hash);
        }
        catch (FormatException e)
        {
            Contract.IsOneLine(e.Message);
        }
    }

    private static void Signers(string text)
    {
        try
        {
            foreach (var signer in AllowedSigners.Parse(text))
            {
                Contract.Holds(signer.Principals.Length > 0, "a signer has a name");
                Contract.Holds(SshPublicKey.Parse(signer.Key.Blob).Type == signer.Key.Type, "a key that was read is read again");
                Contract.IsOneLine(signer.Description);
                Contract.IsOneLine(signer.Validate(ScriptSigners.Namespace, DateTimeOffset.UnixEpoch)?.Chinese ?? "none");
            }
        }
        catch (FormatException e)
        {
            Contract.IsOneLine(e.Message);
            Contract.Holds(e.Message.StartsWith("line ", StringComparison.Ordinal), "a refusal names the line");
        }
    }
}
