namespace Thpc.NodeAgent.Tests.Documentation;

/// <summary>What the page of commands and the man page both say and the command model does not.</summary>
internal static class Facts
{
    /// <summary>By the codes that mean it.</summary>
    public static readonly IReadOnlyList<(IReadOnlyList<int> Codes, string Meaning)> ExitCodes =
    [
        ([ExitCode.Done], "Done."),
        ([ExitCode.StageFailed], "A stage failed, or `scaling` found that not all nodes come."),
        ([ExitCode.Usage], "The command line or the configuration is wrong."),
        ([ExitCode.NeedsRoot], "The command needs root."),
        ([ExitCode.Busy], "Another run is in progress."),
        ([ExitCode.CheckFoundProblems],
            "A check found problems: `doctor`, `health`, `fleet`, `packages check`, `image check` or `storage verify`."),
        ([ExitCode.Bug], "A bug in the agent."),
        ([ExitCode.ScriptTimeout], "An init script timed out."),
        ([ExitCode.Interrupted, ExitCode.Terminated], "The command was interrupted by SIGINT or by SIGTERM."),
    ];

    public static readonly IReadOnlyList<(IReadOnlyList<string> Names, string Meaning)> Variables =
    [
        (["THPC_CLUSTER_ID", "THPC_NODE_ROLE", "THPC_SCHEDULER_TYPE", "THPC_ACCOUNT_TYPE"],
            "Override the configuration. Options of `bootstrap` override them. Init scripts get all four."),
        (["TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_TOKEN"], "Keys for COS."),
        (["LC_ALL", "LC_MESSAGES", "LANG"], "Language of hints. The first one that is not empty counts."),
        (["NO_COLOR", "TERM"], "No colour if NO_COLOR is not empty or TERM is `dumb`."),
        (["JOURNAL_STREAM"], "Set by systemd. Logs then have the format of the journal."),
        (["SSL_CERT_FILE", "SSL_CERT_DIR", "OPENSSL_CONF"],
            "Certificate authorities and OpenSSL settings for COS. "
            + "Ignored, with a warning, if users other than root can change the files."),
        (["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"], "Passed to the package manager."),
    ];

    public static readonly IReadOnlyList<(string Name, string Meaning)> Files =
    [
        ("/etc/thpc/node-agent.toml",
            "Configuration. Keys: `/usr/share/doc/thpc-node-agent/docs/configuration.md`. "
            + "Example: `/usr/share/doc/thpc-node-agent/node-agent.toml`."),
        ("/etc/thpc/cos-credentials.toml",
            "Keys for COS: `secret_id`, `secret_key`, `token`. The agent refuses the file unless its owner is root and its mode is 0600."),
        ("/etc/thpc/image-prep.d", "Programs that `image prep` runs at its end, in order of name."),
        ("/root/thpc_preinstalled.json", "Marker: the packages are installed. An empty file is enough."),
        ("/etc/fstab", "One line for each mount, with the option `x-thpc.cluster=ID`."),
        ("/var/lib/thpc-node-agent/report.json", "Report of the last run."),
        ("/var/lib/thpc-node-agent/removed-storage", "Entries of another machine or cluster that `guard` or `bootstrap` removed."),
        ("/var/log/thpc-node-agent/init-script-N.log", "Output of init script N."),
        ("/run/thpc-node-agent/lock", "Lock of the run in progress."),
        ("/run/thpc-node-agent/ready", "Exists if a bootstrap succeeded in this boot."),
        ("thpc-node-agent.service", "Runs `bootstrap` at every boot if there is a configuration. The package does not enable it."),
        ("thpc-node-agent-guard.service", "Runs `guard` at every boot. The package enables it."),
    ];

    /// <summary>From the configuration to the first run.</summary>
    public static readonly IReadOnlyList<string> FirstRun =
    [
        "editor /etc/thpc/node-agent.toml",
        "thpc-node-agent config check",
        "thpc-node-agent bootstrap --dry-run",
        "systemctl start thpc-node-agent",
        "thpc-node-agent status --wait",
    ];
}
