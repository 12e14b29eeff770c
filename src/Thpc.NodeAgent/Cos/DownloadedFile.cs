using System.IO.Hashing;
using System.Security.Cryptography;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;

namespace Thpc.NodeAgent.Cos;

/// <summary>Writes a download into a new file of mode 0600; counts, limits and hashes the bytes as they arrive.</summary>
/// <param name="what">The request, for messages.</param>
internal sealed class DownloadedFile(string path, long maxBytes, LocalizedText what) : IDisposable
{
    private readonly FileStream _file = Create(path);
    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Crc64 _crc = CosChecksum.Create();
    private long _length;

    public ulong Crc => _crc.GetCurrentHashAsUInt64();

    /// <summary>Reads the stream to its end.</summary>
    /// <param name="beforeRead">Called before each read.</param>
    /// <exception cref="AgentException">SCRIPT_TOO_LARGE or NO_SPACE.</exception>
    public async Task<FetchedObject> ReceiveAsync(Stream source, CancellationToken cancel, Action? beforeRead = null)
    {
        var buffer = new byte[65536];
        beforeRead?.Invoke();
        for (int count; (count = await source.ReadAsync(buffer, cancel)) > 0; beforeRead?.Invoke())
        {
            _length += count;
            RequireMaxLength(_length);
            _crc.Append(buffer.AsSpan(0, count));
            _sha256.AppendData(buffer, 0, count);
            DiskSpace.Guard(path, () => _file.Write(buffer, 0, count));
        }

        return new FetchedObject(_length, Convert.ToHexString(_sha256.GetHashAndReset()));
    }

    /// <exception cref="AgentException">SCRIPT_TOO_LARGE.</exception>
    public void RequireMaxLength(long length)
    {
        if (length > maxBytes)
        {
            throw new AgentException(
                ErrorCode.ScriptTooLarge, what + ": " + Messages.TooLarge($"{length}", $"{maxBytes}"));
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        _sha256.Dispose();
    }

    private static FileStream Create(string path)
    {
        FileStream? file = null;
        DiskSpace.Guard(path, () => file = AtomicFile.Create(path));
        return file!;
    }
}
