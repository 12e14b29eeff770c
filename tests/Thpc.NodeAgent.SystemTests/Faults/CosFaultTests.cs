namespace Thpc.NodeAgent.SystemTests.Faults;

/// <param name="Endpoint">The server in place of COS; null: COS by its real name.</param>
internal sealed record CosFaultRow(
    string Name, string? Code, string Key, Func<CosFaults, Uri?> Endpoint) : FaultRow(Name, Code, CosFaults.Limit)
{
    public string Credentials { get; init; } = "anonymous";

    public string? NameServer { get; init; }

    public Func<CosFaults, Uri?> Metadata { get; init; } = _ => null;
}

/// <summary>Faults of COS and of the network to it.</summary>
public sealed class CosFaultTests(CosFaults faults) : IClassFixture<CosFaults>
{
    private const string Script = "echo.sh";

    /// <summary>Leaves a trace of each run.</summary>
    internal static readonly byte[] Once = "#!/bin/sh\necho ran >>ran\n"u8.ToArray();

    internal static readonly CosFaultRow[] Rows =
    [
        new("no name server", "COS_UNREACHABLE", Script, _ => null) { NameServer = CosFaults.NoDns },
        new("a name server that never answers", "COS_UNREACHABLE", Script, _ => null) { NameServer = CosFaults.SilentDns, Limit = 20 },
        new("the connection is refused", "COS_UNREACHABLE", Script, faults => faults.Refusing),
        new("a network that drops everything", "COS_UNREACHABLE", Script, faults => faults.Hole),
        new("a certificate for another name", "COS_TLS", Script, faults => faults.OtherName.Url),
        new("a certificate that has expired", "COS_TLS", Script, faults => faults.Expired.Url),
        Of("403", "COS_FORBIDDEN", "403"),
        Of("404", "COS_NOT_FOUND", "404"),
        Of("429 for ever", "COS_SERVER_ERROR", "429"),
        Of("503 for ever", "COS_SERVER_ERROR", "503"),
        new("503 twice, then the script", null, "_fault/503-x2/once.sh", faults => faults.Cos.Url),
        Of("reset in the middle, for ever", "COS_UNREACHABLE", "reset"),
        Of("half of it, for ever", "COS_UNREACHABLE", "truncated"),
        Of("another CRC-64, for ever", "COS_CORRUPT", "wrong-crc"),
        Of("one byte a second", "SCRIPT_TIMEOUT", "slow"),
        Of("no answer to the request", "SCRIPT_TIMEOUT", "hang"),
        Of("a body without end", "SCRIPT_TOO_LARGE", "endless"),
        new("a redirect", "COS_SERVER_ERROR", Script, faults => faults.Redirecting.Url) { Credentials = "env" },
        new("no role is bound", "COS_CREDENTIALS", Script, faults => faults.Cos.Url)
        {
            Credentials = "role",
            Metadata = faults => faults.Cos.Url,
        },
        new("a metadata service that never answers", "COS_CREDENTIALS", Script, faults => faults.Cos.Url)
        {
            Credentials = "role",
            Metadata = faults => faults.Hole,
        },
    ];

    public static TheoryData<string> Names => [.. Rows.Select(row => row.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Every_COS_fault_is_named_in_time_and_changes_nothing(string name)
    {
        var row = Rows.Single(row => row.Name == name);
        var end = await faults.EndOf(name);
        end.AssertSays(row);
        if (row.Code is null)
        {
            end.AssertNothingLost([.. FaultEnd.Succeeding, "/root/ran"], Once);
        }
        else
        {
            end.AssertNothingLost(FaultEnd.Fetching);
        }
    }

    [Fact]
    public async Task Script_fetched_at_the_third_attempt_runs_once()
    {
        var end = await faults.EndOf("503 twice, then the script");
        Assert.Equal(3, faults.Cos.Requests("/_fault/503-x2/once.sh").Count);
        Assert.EndsWith("|sum " + Sum("ran\n"), end.New["/root/ran"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redirect_target_receives_no_request()
    {
        await faults.EndOf("a redirect");
        Assert.Equal((1, 0), (faults.Redirecting.Requests, faults.Elsewhere.Requests));
    }

    [Theory]
    [InlineData("no name server", " does not resolve: no name server answers")]
    [InlineData("a name server that never answers", " does not resolve: no")]
    [InlineData("the connection is refused", "refused")]
    [InlineData("a network that drops everything", "no connection within 8 s")]
    [InlineData("no answer to the request", "limit of 10 s ended before the server answered")]
    [InlineData("no role is bound", "no role is bound to this instance")]
    [InlineData("a metadata service that never answers", "no answer within 3 s")]
    public async Task Error_names_the_cause(string name, string words) =>
        Assert.Contains(words, (await faults.EndOf(name)).Report?.FirstError?.Message, StringComparison.Ordinal);

    private static CosFaultRow Of(string name, string code, string fault) =>
        new(name, code, $"_fault/{fault}/{Script}", faults => faults.Cos.Url);

    private static string Sum(string text) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));
}
