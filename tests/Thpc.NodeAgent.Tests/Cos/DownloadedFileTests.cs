using System.Security.Cryptography;
using CsCheck;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Tests.Cos;

public sealed class DownloadedFileTests : IDisposable
{
    private const int Max = 300;
    private readonly TemporaryNode _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Received_content_equals_sent_content_or_is_too_large() =>
        await Gen.Byte.Array[0, 2 * Max].SampleAsync(
            async bytes =>
            {
                var path = _node.On("/received");
                using var source = new MemoryStream(bytes);
                using var file = new DownloadedFile(path, Max, "it");
                if (bytes.Length > Max)
                {
                    var error =
                        await Assert.ThrowsAsync<AgentException>(() => file.ReceiveAsync(source, TestContext.Current.CancellationToken));
                    Assert.Equal("SCRIPT_TOO_LARGE", error.Code.Name);
                    return;
                }

                Assert.Equal(
                    new FetchedObject(bytes.Length, Convert.ToHexString(SHA256.HashData(bytes))),
                    await file.ReceiveAsync(source, TestContext.Current.CancellationToken));
                Assert.Equal(bytes, await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken));
            },
            iter: 300,
            threads: 1);
}
