using System.Diagnostics;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Security;

/// <summary>
/// The environment may come from a user, as with `sudo -E`. Variables of the dynamic loader (LD_PRELOAD) take effect before the
/// agent starts; variables of the agent, its runtime and OpenSSL must give the user no access.
/// </summary>
public sealed class EnvironmentTests : IDisposable
{
    private const UnixFileMode WritableByAll = (UnixFileMode)0x1B6;

    // A library that leaves a trace when it is loaded.
    private const string Library = """
        #include <fcntl.h>
        #include <unistd.h>
        __attribute__((constructor)) static void loaded(void) { close(open("@", O_CREAT | O_WRONLY, 0644)); }
        """;

    private const string OpenSslConfig = """
        openssl_conf = start
        [start]
        providers = providers
        [providers]
        hers = hers
        [hers]
        module = @
        activate = 1
        """;

    private readonly Attacker _attacker = new();

    private TemporaryNode Node => _attacker.Node;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _attacker.Dispose();

    [Fact]
    public async Task OpenSSL_variable_with_a_users_file_loads_no_library()
    {
        var config = await MakeLibraryAsync(Attacker.Give);
        Node.AddScript("a.sh", "#!/bin/sh\n");
        var run = await Agent.RunAsync(
            Node, new Dictionary<string, string>
            {
                ["OPENSSL_CONF"] = config,
                ["OPENSSL_MODULES"] = _attacker.Home,
                ["OPENSSL_ENGINES"] = _attacker.Home,
            }, "bootstrap");
        Assert.False(Loaded);
        Assert.Equal(0, run.ExitCode);
        foreach (var name in (string[])["OPENSSL_CONF", "OPENSSL_MODULES", "OPENSSL_ENGINES"])
        {
            Assert.Contains(
                $"warning: environment variable {name} is ignored: {_attacker.Home} is owned by user {Attacker.UserId}\n",
                run.Errors,
                StringComparison.Ordinal);
        }

        // Root's own file is accepted, which shows that the test detects a loaded library.
        var own = await MakeLibraryAsync(_ => { }, "/etc/ssl");
        Assert.DoesNotContain(
            "passed over",
            (await Agent.RunAsync(Node, new Dictionary<string, string> { ["OPENSSL_CONF"] = own }, "bootstrap", "--force")).Errors,
            StringComparison.Ordinal);
        Assert.True(Loaded);
    }

    [Fact]
    public async Task Runtime_variables_run_and_write_nothing()
    {
        await MakeLibraryAsync(Attacker.Give);
        var library = Path.Combine(_attacker.Home, "library.so");
        Dictionary<string, string> given = new()
        {
            ["TMPDIR"] = _attacker.Home,
            ["HOME"] = _attacker.Home,
            ["SSLKEYLOGFILE"] = Path.Combine(_attacker.Home, "keys"),
            ["DOTNET_BUNDLE_EXTRACT_BASE_DIR"] = _attacker.Home,
            ["CORECLR_PROFILER"] = "{cf0d821e-299b-5307-a3d8-b283c03916dd}",
            ["CORECLR_ENABLE_PROFILING"] = "1",
            ["CORECLR_PROFILER_PATH"] = library,
        };
        foreach (var prefix in (string[])["DOTNET_", "COMPlus_"])
        {
            foreach (var (name, value) in ((string, string)[])
                     [
                         ("STARTUP_HOOKS", library), ("ADDITIONAL_DEPS", library), ("SHARED_STORE", _attacker.Home), ("GCName", library),
                         ("GCPath", library), ("gcServer", "1"), ("ROOT", _attacker.Home), ("EnableDiagnostics", "1"),
                         ("EnableEventPipe", "1"), ("EventPipeOutputPath", Path.Combine(_attacker.Home, "trace")),
                         ("DiagnosticPorts", Path.Combine(_attacker.Home, "port")), ("PerfMapEnabled", "1"), ("ICU_DIR", _attacker.Home),
                     ])
            {
                given[prefix + name] = value;
            }
        }

        Node.AddScript("a.sh", "#!/bin/sh\nenv\n");
        var before = await ImageNodes.SnapshotAsync(_attacker.Home);
        Assert.Equal(0, (await Agent.RunAsync(Node, given, "bootstrap")).ExitCode);
        Assert.False(Loaded);
        Assert.Equal(before, await ImageNodes.SnapshotAsync(_attacker.Home));
        Assert.DoesNotContain(_attacker.Home, Node.Log(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SSL_CERT_FILE", "his")]
    [InlineData("SSL_CERT_FILE", "in his directory")]
    [InlineData("SSL_CERT_FILE", "by his link")]
    [InlineData("SSL_CERT_FILE", "writable by all")]
    [InlineData("SSL_CERT_FILE", null)]
    [InlineData("SSL_CERT_DIR", "his")]
    [InlineData("SSL_CERT_DIR", "writable by all")]
    [InlineData("SSL_CERT_DIR", null)]
    public async Task Authority_that_other_users_can_replace_is_not_trusted(string variable, string? whose)
    {
        Needs.Program("openssl");
        using var standin = await CosStandin.StartAsync(
            "--tls-cert", Path.Combine(CosStandin.Certificates, "good.pem"), "--tls-key",
            Path.Combine(CosStandin.Certificates, "good.key"));
        Node.Configure(
            $"[cos]\ncredentials = \"anonymous\"\nendpoint = "
                + $"\"{standin.Url.GetLeftPart(UriPartial.Authority)}\"\n[[init_script]]\nscript_path = "
                + $"\"{CosStandin.Location("echo.sh")}\"\n");
        var file = Node.Write("/authorities/ca.pem", await File.ReadAllTextAsync(Path.Combine(CosStandin.Certificates, "ca.pem"), Cancel));
        var place = variable == "SSL_CERT_FILE" ? file : Path.GetDirectoryName(file)!;
        switch (whose)
        {
            case "his":
                Attacker.Give(place);
                break;
            case "writable by all":
                File.SetUnixFileMode(place, WritableByAll | (variable == "SSL_CERT_DIR" ? (UnixFileMode)0x249 : 0));
                break;
            case "in his directory":
                place = Path.Combine(_attacker.Home, "ca.pem");
                File.Copy(file, place);
                break;
            case "by his link":
                await _attacker.ShellAsync("ln -s ../../authorities/ca.pem \"$1/link\"");
                place = Path.Combine(_attacker.Home, "link");
                break;
        }

        var run = await Agent.RunAsync(Node, new Dictionary<string, string> { [variable] = place }, "bootstrap");
        Assert.Equal(whose is null ? null : "COS_TLS", Node.ScriptError()?.Code);
        Assert.Equal(
            whose is not null,
            run.Errors.Contains($"warning: environment variable {variable} is ignored: ", StringComparison.Ordinal));
        Assert.Equal(whose is null ? 1 : 0, standin.Requests().Count);
    }

    [Fact]
    public async Task Programs_are_not_searched_in_PATH()
    {
        foreach (var name in (string[])["sh", "setsid", "tar", "gzip", "cp", "mkdir", "find", "stat", "dd", "mv", "rm", "mount", "umount",
            "unshare", "systemctl", "readlink", "sync", "dpkg", "apt-get"])
        {
            File.SetUnixFileMode(
                Node.Write($"/people/mallory/{name}", $"#!/bin/sh\necho {name} >>'{_attacker.Home}/ran'\nexec /usr/bin/{name} \"$@\"\n"),
                (UnixFileMode)0x1ED);
        }

        Attacker.Give(_attacker.Home);
        Dictionary<string, string> given = new() { ["PATH"] = $"{_attacker.Home}:{ProgramFinder.SearchPath}" };
        Node.Configure(
            "[mount]\ntimeout = 1\n[fleet]\ndirectory = \"/fleet\"\n[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"127.0.96.9:/\"\n");
        Node.AddScript("a.sh", "#!/bin/sh\ncommand -v tar\n");
        Node.Write("/root/.ssh/key", "secret");
        await Agent.RunAsync(Node, given, "bootstrap");
        Assert.DoesNotContain(_attacker.Home, Node.Log(), StringComparison.Ordinal);
        Assert.NotEmpty(Directory.EnumerateFiles(Node.On("/fleet")));
        Assert.Equal(
            0, (await Agent.RunAsync(
                Node, given, "image", "prep", "--operations", "ssh", "--yes", "--backup", Node.On("/kept.tar.gz"))).ExitCode);
        await Agent.RunAsync(Node, given, "storage", "verify");
        Assert.False(File.Exists(Path.Combine(_attacker.Home, "ran")), "a program of his was run");
    }

    [Fact]
    public async Task Metadata_service_is_never_asked_through_a_proxy()
    {
        using var metadata = CannedServer.Of(404, "");
        using var proxy = CannedServer.Of(200, "his");
        Node.Write(
            "/etc/thpc/node-agent.toml",
            Node.Read("/etc/thpc/node-agent.toml")
                .Replace("endpoint = \"\"", $"endpoint = \"{metadata.Url.GetLeftPart(UriPartial.Authority)}\"", StringComparison.Ordinal));
        Dictionary<string, string> given = new(StringComparer.Ordinal);
        foreach (var name in (string[])["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
        {
            given[name] = proxy.Url.ToString();
        }

        await Agent.RunAsync(Node, given, "bootstrap");
        await Agent.RunAsync(Node, given, "doctor");
        Assert.True(metadata.Requests > 0, "no request reached the metadata service");
        Assert.Equal(0, proxy.Requests);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(18)]
    [InlineData(63)]
    public async Task Created_files_are_not_writable_by_others_with_any_umask(int umask)
    {
        Node.AddScript("a.sh", "#!/bin/sh\numask\ntouch /$PWD/made\n");
        Node.Configure("[fleet]\ndirectory = \"/fleet\"\n");
        var run = await ProgramRunner.RunAsync(
            ["sh", "-c", $"umask {Convert.ToString(umask, 8)}; exec \"$@\"", "sh", Agent.Executable, "bootstrap", "--root", Node.Directory],
            TimeSpan.FromMinutes(1), Cancel);
        Assert.True(run.Succeeded, run.Output);
        Assert.Equal("0022", Node.Log().Trim());
        foreach (var top in (string[])["/run", "/var", "/root", "/fleet"])
        {
            Assert.All(
                Directory.EnumerateFileSystemEntries(Node.On(top), "*", SearchOption.AllDirectories),
                path => Assert.Equal(0, (int)File.GetUnixFileMode(path) & 18));
        }
    }

    private bool Loaded => File.Exists(Node.On("/loaded"));

    /// <returns>An OpenSSL configuration that loads the library.</returns>
    private async Task<string> MakeLibraryAsync(Action<string> give, string folder = "/people/mallory")
    {
        Needs.Program("clang");
        var source = Node.Write($"{folder}/library.c", Library.Replace("@", Node.On("/loaded"), StringComparison.Ordinal));
        var library = Path.ChangeExtension(source, ".so");
        using var compiler = Process.Start("clang", ["-shared", "-fPIC", "-o", library, source]);
        await compiler.WaitForExitAsync(Cancel);
        Assert.Equal(0, compiler.ExitCode);
        var config = Node.Write($"{folder}/openssl.cnf", OpenSslConfig.Replace("@", library, StringComparison.Ordinal));
        give(Path.GetDirectoryName(source)!);
        return config;
    }
}
