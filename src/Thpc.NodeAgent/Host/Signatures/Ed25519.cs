using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Thpc.NodeAgent.Host.Signatures;

/// <summary>Ed25519 signatures (RFC 8032) by OpenSSL. .NET uses OpenSSL too, but has no API for Ed25519.</summary>
internal static partial class Ed25519
{
    public const int KeyBytes = 32;
    private const int SignatureBytes = 64;
    private const string Library = "libcrypto";

    // NID_ED25519 of OpenSSL's obj_mac.h.
    private const int KeyType = 1087;

    static Ed25519()
    {
        // OpenSSL is linked into the published executable. Other builds load the machine's, by the names that .NET uses.
        NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), (name, _, _) =>
            name == Library
            && (NativeLibrary.TryLoad("libcrypto.so.3", out var found) || NativeLibrary.TryLoad("libcrypto.so.1.1", out found))
            ? found
            : 0);
    }

    /// <exception cref="CryptographicException">OpenSSL does not support Ed25519.</exception>
    public static bool Verify(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != SignatureBytes)
        {
            return false;
        }

        var publicKey = NewKey(KeyType, 0, key, (nuint)key.Length);
        var context = NewContext();
        try
        {
            if (publicKey == 0 || context == 0 || Begin(context, 0, 0, 0, publicKey) != 1)
            {
                throw new CryptographicException("OpenSSL did not accept an Ed25519 key");
            }

            return Verify(context, signature, (nuint)signature.Length, data, (nuint)data.Length) == 1;
        }
        finally
        {
            FreeContext(context);
            FreeKey(publicKey);
            ClearErrors();
        }
    }

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_new_raw_public_key")]
    private static partial nint NewKey(int type, nint engine, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_free")]
    private static partial void FreeKey(nint key);

    [LibraryImport(Library, EntryPoint = "EVP_MD_CTX_new")]
    private static partial nint NewContext();

    [LibraryImport(Library, EntryPoint = "EVP_MD_CTX_free")]
    private static partial void FreeContext(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_DigestVerifyInit")]
    private static partial int Begin(nint context, nint keyContext, nint digest, nint engine, nint key);

    [LibraryImport(Library, EntryPoint = "EVP_DigestVerify")]
    private static partial int Verify(
        nint context, ReadOnlySpan<byte> signature, nuint signatureLength, ReadOnlySpan<byte> data, nuint length);

    // Else .NET would read these errors from the thread's error queue later.
    [LibraryImport(Library, EntryPoint = "ERR_clear_error")]
    private static partial void ClearErrors();
}
