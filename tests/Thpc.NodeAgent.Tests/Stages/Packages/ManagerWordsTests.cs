using Thpc.NodeAgent.Stages.Packages;

namespace Thpc.NodeAgent.Tests.Stages.Packages;

public sealed class ManagerWordsTests
{
    [Theory]

    // apt 2.6 and 1.6
    [InlineData("Apt", 100, "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 812 (unattended-upgr)\nE: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?", "pid 812 (unattended-upgr)")]
    [InlineData("Apt", 100, "Waiting for cache lock: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 31 (apt-get)...\nE: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?", "pid 31 (apt-get)")]
    [InlineData("Apt", 100, "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (cloud-init)\nE: Unable to lock directory /var/lib/apt/lists/", "pid 7 (cloud-init)")]
    [InlineData("Apt", 100, "E: Could not get lock /var/lib/dpkg/lock-frontend - open (11: Resource temporarily unavailable)\nE: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?", null)]
    [InlineData("Apt", 100, "dpkg: error: dpkg frontend lock was locked by another process with pid 99\nNote: removing the lock file is always wrong", "pid 99")]

    // yum 3.4, dnf 4.14, dnf5, rpm 4.18
    [InlineData("Yum", 1, "Existing lock /var/run/yum.pid: another copy is running as pid 1410.\nAnother app is currently holding the yum lock; exiting as configured by exit_on_lock", "pid 1410")]
    [InlineData("Dnf", 200, "metadata already locked by 13524\nThe application with PID 13524 is: dnf-automatic", "pid 13524")]
    [InlineData("Dnf", 200, "", null)]
    [InlineData("Dnf", 1, "Failed to obtain rpm transaction lock. Another transaction is in progress.", null)]
    [InlineData("Dnf", 1, "RPM: error: can't create transaction lock on /var/lib/rpm/.rpm.lock (Resource temporarily unavailable)\nError: Could not run transaction.", null)]

    // zypper 1.14
    [InlineData("Zypper", 7, "System management is locked by the application with pid 13719 (zypper).\nClose this application before trying again.", "pid 13719 (zypper)")]
    [InlineData("Zypper", 7, "", null)]
    public void A_held_lock_is_recognised_and_its_holder(string family, int exitCode, string output, string? holder)
    {
        Assert.Equal(ManagerFault.Locked, ManagerWords.Classify(Enum.Parse<PackageFamily>(family), exitCode, output));
        Assert.Equal(holder, ManagerWords.LockHolder(output));
    }

    [Theory]
    [InlineData("Apt", 100, "E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)\nE: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?", "Other")]
    [InlineData("Apt", 100, "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem. ", "Interrupted")]
    [InlineData("Apt", 100, "E: Unable to locate package slurmd", "UnknownPackage")]
    [InlineData("Apt", 100, "Package slurmd is not available, but is referred to by another package.\nE: Package 'slurmd' has no installation candidate", "UnknownPackage")]
    [InlineData("Apt", 100, "E: Failed to fetch http://x/munge.deb  404  Not Found [IP: 10.0.0.1 80]\nE: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?", "Stale")]
    [InlineData("Apt", 100, "E: Failed to fetch http://x/munge.deb  Temporary failure resolving 'x'", "Network")]
    [InlineData("Apt", 100, "W: Some index files failed to download. They have been ignored, or old ones used instead.", "Network")]
    [InlineData("Apt", 100, "E: You don't have enough free space in /var/cache/apt/archives/.", "NoSpace")]
    [InlineData("Dnf", 1, "Error: Failed to download metadata for repo 'baseos': Cannot download repomd.xml", "Network")]
    [InlineData("Dnf", 1, "No match for argument: slurm-slurmd\nError: Unable to find a match: slurm-slurmd", "UnknownPackage")]
    [InlineData("Dnf", 1, "Error: Transaction test error:\n  installing package x needs 5MB more space needed on the / filesystem", "NoSpace")]
    [InlineData("Yum", 1, "Could not retrieve mirrorlist http://x error was\n14: curl#6 - \"Could not resolve host: x; Unknown error\"", "Network")]
    [InlineData("Yum", 1, "No package slurm-slurmd available.\nError: Nothing to do", "UnknownPackage")]
    [InlineData("Zypper", 104, "'slurm-node' not found in package names. Trying capabilities.\nNo provider of 'slurm-node' found.", "UnknownPackage")]
    [InlineData("Zypper", 8, "Download (curl) error for 'http://x/repodata/repomd.xml':\nError code: Connection failed", "Network")]
    [InlineData("Zypper", 4, "Problem: nothing provides libfoo needed by munge", "Other")]
    public void Other_failures_are_told_apart(string family, int exitCode, string output, string fault) =>
        Assert.Equal(fault, ManagerWords.Classify(Enum.Parse<PackageFamily>(family), exitCode, output).ToString());

    [Theory]
    [InlineData("Reading package lists...\nE: Unable to locate package x\nE: Unable to locate package y\n", "E: Unable to locate package x / E: Unable to locate package y")]
    [InlineData("Setting up x\ndpkg: error processing package x (--configure):\n installed x package post-installation script subprocess returned error exit status 3\nErrors were encountered while processing:\n x\nE: Sub-process /usr/bin/dpkg returned an error code (1)\n", "dpkg: error processing package x (--configure): / installed x package post-installation script subprocess returned error exit status 3 / Errors were encountered while processing: / E: Sub-process /usr/bin/dpkg returned an error code (1)")]
    [InlineData("Loaded plugins\nNo package x available.\nError: Nothing to do\n", "No package x available. / Error: Nothing to do")]
    [InlineData("something\n\nelse\u0007 entirely\n", "something / else  entirely")]
    public void The_lines_that_tell_the_reason_are_quoted(string output, string expected) => Assert.Equal(expected, ManagerWords.Last(output));
}
