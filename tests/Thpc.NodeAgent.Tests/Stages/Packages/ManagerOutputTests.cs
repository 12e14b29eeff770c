using CsCheck;
using Thpc.NodeAgent.Stages.Packages;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Tests.Stages.Packages;

public sealed class ManagerOutputTests
{
    private static readonly string[] Lines =
        ["Error:", " - nothing provides x", "E: ", "No provider of 'a' found.", "File ", "\t", "Problem: x", "History:"];

    [Theory]

    // apt 2.6 and 1.6
    [InlineData("Apt", 100,
        "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 812 (unattended-upgr)\nE: Unable to acquire the dpkg "
            + "frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?", "pid 812 (unattended-upgr)")]
    [InlineData("Apt", 100,
        "Waiting for cache lock: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 31 (apt-get)...\nE: Unable to "
            + "acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?", "pid 31 (apt-get)")]
    [InlineData("Apt", 100,
        "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (cloud-init)\nE: Unable to lock directory "
            + "/var/lib/apt/lists/", "pid 7 (cloud-init)")]
    [InlineData("Apt", 100,
        "E: Could not get lock /var/lib/dpkg/lock-frontend - open (11: Resource temporarily unavailable)\nE: Unable to acquire the dpkg "
            + "frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?", null)]
    [InlineData("Apt", 100,
        "dpkg: error: dpkg frontend lock was locked by another process with pid 99\nNote: removing the lock file is always wrong",
        "pid 99")]

    // yum 3.4, dnf 4.14, dnf5, rpm 4.18
    [InlineData("Yum", 1,
        "Existing lock /var/run/yum.pid: another copy is running as pid 1410.\nAnother app is currently holding the yum lock; exiting as "
            + "configured by exit_on_lock", "pid 1410")]
    [InlineData("Dnf", 200, "metadata already locked by 13524\nThe application with PID 13524 is: dnf-automatic", "pid 13524")]
    [InlineData("Dnf", 200, "", null)]
    [InlineData("Dnf", 1, "Failed to obtain rpm transaction lock. Another transaction is in progress.", null)]
    [InlineData("Dnf", 1,
        "RPM: error: can't create transaction lock on /var/lib/rpm/.rpm.lock (Resource temporarily unavailable)\nError: Could not run "
            + "transaction.", null)]

    // zypper 1.14
    [InlineData("Zypper", 7,
        "System management is locked by the application with pid 13719 (zypper).\nClose this application before trying again.",
        "pid 13719 (zypper)")]
    [InlineData("Zypper", 7, "", null)]
    public void Held_lock_and_holder_are_recognised(string family, int exitCode, string output, string? holder)
    {
        Assert.Equal(ManagerFault.Locked, ManagerOutput.Classify(Enum.Parse<PackageFamily>(family), exitCode, output));
        Assert.Equal(holder, ManagerOutput.LockHolder(output));
    }

    [Theory]
    [InlineData("Apt", 100,
        "E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)\nE: Unable to acquire the dpkg frontend "
            + "lock (/var/lib/dpkg/lock-frontend), are you root?", "Other")]
    [InlineData("Apt", 100, "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem. ", "Interrupted")]
    [InlineData("Apt", 100, "E: Unable to locate package slurmd", "UnknownPackage")]
    [InlineData("Apt", 100,
        "Package slurmd is not available, but is referred to by another package.\nE: Package 'slurmd' has no installation candidate",
        "UnknownPackage")]
    [InlineData("Apt", 100,
        "E: Failed to fetch http://x/munge.deb  404  Not Found [IP: 10.0.0.1 80]\nE: Unable to fetch some archives, maybe run apt-get "
            + "update or try with --fix-missing?", "Stale")]
    [InlineData("Apt", 100, "E: Failed to fetch http://x/munge.deb  Temporary failure resolving 'x'", "Network")]
    [InlineData("Apt", 100, "W: Some index files failed to download. They have been ignored, or old ones used instead.", "Network")]
    [InlineData("Apt", 100, "E: You don't have enough free space in /var/cache/apt/archives/.", "NoSpace")]
    [InlineData("Dnf", 1, "Error: Failed to download metadata for repo 'baseos': Cannot download repomd.xml", "Network")]
    [InlineData("Dnf", 1, "No match for argument: slurm-slurmd\nError: Unable to find a match: slurm-slurmd", "UnknownPackage")]
    [InlineData("Dnf", 1, "Error: Transaction test error:\n  installing package x needs 5MB more space needed on the / filesystem",
        "NoSpace")]
    [InlineData("Yum", 1, "Could not retrieve mirrorlist http://x error was\n14: curl#6 - \"Could not resolve host: x; Unknown error\"",
        "Network")]
    [InlineData("Yum", 1, "No package slurm-slurmd available.\nError: Nothing to do", "UnknownPackage")]
    [InlineData("Zypper", 104, "'slurm-node' not found in package names. Trying capabilities.\nNo provider of 'slurm-node' found.",
        "UnknownPackage")]
    [InlineData("Zypper", 8, "Download (curl) error for 'http://x/repodata/repomd.xml':\nError code: Connection failed", "Network")]
    [InlineData("Zypper", 4, "Problem: nothing provides libfoo needed by munge", "Unmet")]
    [InlineData("Zypper", 4, "Problem: conflicting requests\n Solution 1: remove lock to allow installation of munge-1-1.x86_64[suse]",
        "Excluded")]
    [InlineData("Zypper", 104,
        "File 'repomd.xml' from repository 'x' is unsigned, continue? [yes/no] (no): no\n[x|http://x] Valid metadata not found at "
            + "specified URL", "Unsigned")]
    [InlineData("Zypper", 8, "Warning: Digest verification failed for file 'munge-1.rpm'", "Corrupt")]
    [InlineData("Dnf", 1, "Package munge-1.rpm is not signed\nError: GPG check FAILED", "Unsigned")]
    [InlineData("Dnf", 1, "Error: \n Problem: package a-1 conflicts with b provided by b-1", "Conflict")]
    [InlineData("Dnf", 1,
        "error: %prein(a-1-1.x86_64) scriptlet failed, exit status 4\n\nError in PREIN scriptlet in rpm package a\nError: Transaction "
            + "failed", "Script")]
    [InlineData("Yum", 1, "Error: Package: slurm-20.11-1.el7.x86_64 (epel)\n           Requires: libhwloc.so.5()(64bit)", "Unmet")]
    [InlineData("Apt", 100,
        "dpkg: error processing package x (--configure):\n installed x package post-installation script subprocess returned error exit "
            + "status 3", "Script")]
    [InlineData("Apt", 100, "E: Unmet dependencies. Try 'apt --fix-broken install' with no packages (or specify a solution).", "Broken")]
    [InlineData("Apt", 100,
        "dpkg: error processing package munge (--configure):\n package is in a very bad inconsistent state; you should\n reinstall it "
            + "before attempting configuration", "HalfInstalled")]
    [InlineData("Apt", 100, "E: Unmet dependencies. Try 'apt-get -f install' with no packages (or specify a solution).", "Broken")]
    public void Failures_are_classified(string family, int exitCode, string output, string fault) =>
        Assert.Equal(fault, ManagerOutput.Classify(Enum.Parse<PackageFamily>(family), exitCode, output).ToString());

    [Theory]
    [InlineData("Reading package lists...\nE: Unable to locate package x\nE: Unable to locate package y\n",
        "E: Unable to locate package x, y")]
    [InlineData("Setting up x\ndpkg: error processing package x (--configure):\n installed x package post-installation script subprocess "
        + "returned error exit status 3\nErrors were encountered while processing:\n x\nE: Sub-process /usr/bin/dpkg returned an error "
        + "code (1)\n",
        "dpkg: error processing package x (--configure): / installed x package post-installation script subprocess returned error exit "
            + "status 3")]
    [InlineData("Loaded plugins\nNo package x available.\nError: Nothing to do\n", "No package x available. / Error: Nothing to do")]
    [InlineData("something\n\nelse\u0007 entirely\n", "something / else  entirely")]
    public void Reason_lines_are_extracted(string output, string expected) => Assert.Equal(expected, ManagerReason.Extract(output));

    /// <summary>Outputs from public bug reports.</summary>
    [Theory]
    [InlineData(
        "Apt", 100,
        """
        Reading package lists...
        Some packages could not be installed. This may mean that you have
        requested an impossible situation or if you are using the unstable
        distribution that some required packages have not yet been created
        or been moved out of Incoming.
        The following information may help to resolve the situation:

        The following packages have unmet dependencies:
         munge : Depends: libmunge2 (= 0.5.11-3ubuntu0.1) but 0.5.12-1+b1 is to be installed
        E: Unable to correct problems, you have held broken packages.
        """,
        "Unmet", "munge : Depends: libmunge2 (= 0.5.11-3ubuntu0.1) but 0.5.12-1+b1 is to be installed", "apt-mark showhold")]
    [InlineData(
        "Apt", 100,
        """
        Reading package lists...
        Building dependency tree...
        Reading state information...
        E: The package munge needs to be reinstalled, but I can't find an archive for it.
        """,
        "HalfInstalled", "E: The package munge needs to be reinstalled, but I can't find an archive for it.", "repository")]
    [InlineData(
        "Dnf", 1,
        """
        Last metadata expiration check: 0:12:01 ago on Fri 28 Nov 2026 05:00:00 PM CST.
        No match for argument: ypbind
        No match for argument: yp-tools
        Error: Unable to find a match: ypbind yp-tools
        """,
        "UnknownPackage", "Error: Unable to find a match: ypbind yp-tools", "EPEL")]
    [InlineData(
        "Dnf", 1,
        """
        Last metadata expiration check: 0:01:02 ago on Fri 28 Nov 2026 05:00:00 PM CST.
        All matches were filtered out by exclude filtering for argument: slurm-slurmd
        Error: Unable to find a match: slurm-slurmd
        """,
        "Excluded", "All matches were filtered out by exclude filtering for argument: slurm-slurmd", "excludepkgs")]
    [InlineData(
        "Dnf", 1,
        """
        Last metadata expiration check: 0:01:02 ago on Fri 28 Nov 2026 05:00:00 PM CST.
        Error:
         Problem: conflicting requests
          - nothing provides libhwloc.so.5()(64bit) needed by slurm-slurmd-20.11.9-1.el8.x86_64 from epel
        (try to add '--skip-broken' to skip uninstallable packages or '--nobest' to use not only best candidate packages)
        """,
        "Unmet", "nothing provides libhwloc.so.5()(64bit) needed by slurm-slurmd-20.11.9-1.el8.x86_64 from epel", "PowerTools")]
    [InlineData(
        "Yum", 1,
        """
        Loaded plugins: fastestmirror, langpacks
        Existing lock /var/run/yum.pid: another copy is running as pid 2323.
        Another app is currently holding the yum lock; exiting as configured by exit_on_lock
        """,
        "Locked", "another copy is running as pid 2323", "lock_timeout")]
    [InlineData(
        "Zypper", 4,
        """
        Loading repository data...
        Reading installed packages...
        Resolving package dependencies...

        Problem: nothing provides libhwloc.so.15()(64bit) needed by the to be installed slurm-node-23.02.7-150500.5.12.1.x86_64
         Solution 1: do not install slurm-node-23.02.7-150500.5.12.1.x86_64
         Solution 2: break slurm-node-23.02.7 by ignoring some of its dependencies

        Choose from above solutions by number or cancel [1/2/c/d/?] (c): c
        """,
        "Unmet", "nothing provides libhwloc.so.15()(64bit) needed by the to be installed slurm-node-23.02.7-150500.5.12.1.x86_64",
        "PackageHub")]
    public void Real_failure_has_reason_and_matching_hint(
        string family, int exitCode, string output, string fault, string reason, string hint)
    {
        var manager = Enum.Parse<PackageFamily>(family);

        var found = ManagerOutput.Classify(manager, exitCode, output);

        Assert.Equal(fault, found.ToString());
        Assert.Contains(reason, ManagerReason.Extract(output), StringComparison.Ordinal);
        Assert.Contains(hint, Hints.ForFault(found, manager)?.English, StringComparison.Ordinal);
    }

    [Fact]
    public void Failed_script_of_installed_package_is_found() =>
        Assert.Equal(
            [("toy-badpost-1:1-1.x86_64", "%post scriptlet failed, exit status 3")],
            ManagerOutput.FailedScripts(
                "about to fail\nwarning: %post(toy-badpost-1:1-1.x86_64) scriptlet failed, exit status 3\n\nError in POSTIN scriptlet\n"));

    [Fact]
    public void Repository_credentials_are_redacted() =>
        Assert.Equal(
            "Curl error (6) for https://[redacted]@mirror.example/a?[redacted] [Could not resolve host], see ssh user@host",
            Redactor.ByForm("Curl error (6) for https://robot:hush@mirror.example/a?sig=1 [Could not resolve host], see ssh user@host"));

    /// <summary>The reason is one line of bounded length for any output.</summary>
    [Fact]
    public void Any_output_has_a_short_reason() =>
        Gen.OneOf(Gen.String, Gen.Int[0, Lines.Length - 1].Select(i => Lines[i])).List[0, 60]
            .Select(lines => string.Join('\n', lines)).Sample(
                output =>
                {
                    var reason = ManagerReason.Extract(output);
                    return reason.Length <= 701 && !reason.Contains('\n', StringComparison.Ordinal)
                        && (reason.Length > 0
                            || !Lines.Any(line => line.Trim().Length > 0 && output.Contains(line, StringComparison.Ordinal)));
                },
                iter: 500);
}
