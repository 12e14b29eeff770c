using System.Buffers.Binary;
using System.Net.Sockets;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Host.Network;

/// <summary>Asks an NFS server whether it serves: procedure 0, which does nothing, of program 100003 (ONC RPC over TCP: RFC 5531; RFC 1813, RFC 7530).</summary>
internal static class NfsProbe
{
    private const int Program = 100003;

    // Record mark, xid, type, status, verifier's flavor and length, accept status, and for a mismatch the lowest and highest version.
    private const int ShortestReply = 28;
    private const int LongestReply = 512;

    /// <param name="version">3 or 4.</param>
    /// <returns>Null where it serves that version; else what came back, as an error of mounts.</returns>
    public static async Task<AgentException?> AskAsync(string host, int port, int version, TimeSpan limit, CancellationToken cancel)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timer.CancelAfter(limit);
        try
        {
            var (socket, failure) = await TcpProbe.ConnectAsync(host, port, limit, cancel);
            if (socket is null)
            {
                return new AgentException(ErrorCode.MountUnreachable, failure!);
            }

            await using var stream = new NetworkStream(socket, ownsSocket: true);
            await stream.WriteAsync(Call(version), timer.Token);
            var reply = new byte[LongestReply];
            var count = await stream.ReadAtLeastAsync(reply, ShortestReply, throwOnEndOfStream: false, timer.Token);
            return Evaluate(reply.AsSpan(0, count), version) is { } problem
                ? new AgentException(ErrorCode.MountFailed, $"{host}:{port}: {problem}", new("Check remote_path and protocol against the file system's mount target in the console.", "请对照控制台中文件系统的挂载点检查 remote_path 和 protocol。"))
                : null;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return new AgentException(ErrorCode.MountUnreachable, $"{host}:{port}: {e.Message}");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new AgentException(ErrorCode.MountTimeout, $"{host}:{port} accepts connections and answered no NFS call within {limit.TotalSeconds:0.#} s");
        }
    }

    /// <summary>What a reply says; null where all is well.</summary>
    public static string? Evaluate(ReadOnlySpan<byte> reply, int version)
    {
        if (reply.Length < ShortestReply)
        {
            return "it hung up, or what answers is no NFS server";
        }

        uint Word(ReadOnlySpan<byte> from, int index) => BinaryPrimitives.ReadUInt32BigEndian(from[(4 * index)..]);
        if (Word(reply, 1) != Program || Word(reply, 2) != 1)
        {
            return "what answers is no NFS server";
        }

        return (Word(reply, 3), Word(reply, 6)) switch
        {
            (0, 0) => null,
            (0, 1) => "the program there is not NFS",
            (0, 2) => $"it does not serve NFS {version}",
            _ => "it refused the call",
        };
    }

    private static byte[] Call(int version)
    {
        // The xid is of our choice, and comes back.
        uint[] words = [0x80000000 | 40, Program, 0, 2, Program, (uint)version, 0, 0, 0, 0, 0];
        var bytes = new byte[4 * words.Length];
        for (var i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4 * i), words[i]);
        }

        return bytes;
    }
}
