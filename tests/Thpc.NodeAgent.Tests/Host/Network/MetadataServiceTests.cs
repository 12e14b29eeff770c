using Thpc.NodeAgent.Host.Network;

namespace Thpc.NodeAgent.Tests.Host.Network;

public sealed class MetadataServiceTests
{
    [Fact]
    public async Task Silent_service_is_named_with_the_limit_of_a_request()
    {
        using var silent = new SilentServer();
        using var service = new MetadataService(silent.Url);

        var answer = await service.GetAsync("instance-id", TestContext.Current.CancellationToken);

        Assert.Equal(("no answer within 3 s", true, null), (answer.Problem?.English, answer.IsTransient, answer.Status));
    }

    /// <summary>The pause is shorter than the limit of a request, and a busy machine delays both ends alike.</summary>
    [Fact]
    public async Task Cancellation_ends_a_request_before_its_limit()
    {
        using var silent = new SilentServer();
        using var service = new MetadataService(silent.Url);
        using var cancel = new CancellationTokenSource();
        var request = service.GetAsync("instance-id", cancel.Token);
        var pause = Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);

        await cancel.CancelAsync();

        Assert.Same(request, await Task.WhenAny(request, pause));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
    }
}
