using System.Security.Cryptography;
using Thpc.NodeAgent.Host.Network.Tls;

namespace Thpc.NodeAgent.Fuzz.Targets;

/// <summary>A file of certificate authorities.</summary>
internal static class PemTarget
{
    public static void Run(byte[] input)
    {
        var found = PemCertificates.Read(input);
        Contract.Holds(found.Sum(certificate => certificate.Length) <= input.Length, "what is decoded is not longer than its text");
        Contract.Holds(found.All(certificate => !PemCertificates.Subject(certificate).IsEmpty), "what is found has a subject");
        var again = string.Concat(found.Select(certificate => PemEncoding.WriteString("CERTIFICATE", certificate) + "\n"));
        var second = PemCertificates.Read(System.Text.Encoding.ASCII.GetBytes(again));
        Contract.Holds(
            found.SelectMany(certificate => certificate).SequenceEqual(second.SelectMany(certificate => certificate)),
            "what is written is read again");

        // Without its armour: an input that needs no luck with base64.
        Contract.Holds(PemCertificates.Subject(input).Length <= input.Length, "a subject is a part of its certificate");
    }
}
