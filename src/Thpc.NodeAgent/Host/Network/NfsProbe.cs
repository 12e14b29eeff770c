using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Host.Network;

/// <summary>
/// Checks that an NFS server answers, with the null procedure of program 100003 (ONC RPC over TCP: RFC 5531; RFC 1813, RFC 7530).
/// </summary>
internal static class NfsProbe
{
    private const int Program = 100003;

    // Record mark, xid, type, status, verifier's flavor and length, accept status; after a mismatch the lowest and highest version.
    private const int MinReply = 28;
    private const int MaxReply = 512;

    /// <param name="version">3 or 4.</param>
    /// <returns>Null if the server supports that version; else an error of mounts.</returns>
    public static async Task<Error?> AskAsync(string host, int port, int version, TimeSpan limit, CancellationToken cancel)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timer.CancelAfter(limit);
        try
        {
            var (socket, failure) = await TcpProbe.ConnectAsync(host, port, limit, cancel);
            if (socket is null)
            {
                return new Error(ErrorCode.MountUnreachable, failure!);
            }

            await using var stream = new NetworkStream(socket, ownsSocket: true);
            await stream.WriteAsync(Call(version), timer.Token);
            var reply = new byte[MaxReply];
            var count = await stream.ReadAtLeastAsync(reply, MinReply, throwOnEndOfStream: false, timer.Token);
            return Evaluate(reply.AsSpan(0, count), version) is { } problem
                ? new Error(ErrorCode.MountFailed, $"{host}:{port}: " + problem, Hints.CompareMountTarget)
                : null;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return new Error(ErrorCode.MountUnreachable, $"{host}:{port}: {e.Message}");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new Error(
                ErrorCode.MountTimeout,
                Messages.NfsSilent(host, port, limit.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture)));
        }
    }

    /// <returns>What is wrong with a reply; null if it is a success.</returns>
    public static LocalizedText? Evaluate(ReadOnlySpan<byte> reply, int version)
    {
        if (reply.Length < MinReply)
        {
            return Messages.NfsClosed;
        }

        uint Word(ReadOnlySpan<byte> from, int index) => BinaryPrimitives.ReadUInt32BigEndian(from[(4 * index)..]);
        if (Word(reply, 1) != Program || Word(reply, 2) != 1)
        {
            return Messages.NotNfs;
        }

        return (Word(reply, 3), Word(reply, 6)) switch
        {
            (0, 0) => null,
            (0, 1) => Messages.NfsNotOnPort,
            (0, 2) => Messages.NfsVersion(version),
            _ => Messages.NfsRefused,
        };
    }

    private static byte[] Call(int version)
    {
        // The reply repeats the xid, here the program number.
        uint[] words = [0x80000000 | 40, Program, 0, 2, Program, (uint)version, 0, 0, 0, 0, 0];
        var bytes = new byte[4 * words.Length];
        for (var i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4 * i), words[i]);
        }

        return bytes;
    }
}
