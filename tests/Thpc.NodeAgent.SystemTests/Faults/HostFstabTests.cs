using System.Globalization;

namespace Thpc.NodeAgent.SystemTests.Faults;

/// <summary>
/// Unusual kinds of /etc/fstab. Foreign lines stay byte for byte, and so do its mode, its owner and links to it.
/// </summary>
public sealed class HostFstabTests
{
    private const string Ours = " /data nfs4 ";

    // Before the agent's line. What is a file is looked at as bytes, by od.
    [Theory]
    [InlineData("`bootstrap`, fstab missing", "", "rm $node/etc/fstab", "", "644 0:0")]
    [InlineData("`bootstrap`, fstab empty", "", ": >$node/etc/fstab", "", "644 0:0")]
    [InlineData("`bootstrap`, fstab without a line end at its end", "", "printf '# x' >$node/etc/fstab", "# x\n", "644 0:0")]
    [InlineData("`bootstrap`, fstab with CRLF line ends", "", "printf '# x\\r\\nproc /proc proc defaults 0 0\\r\\n' >$node/etc/fstab",
        "# x\r\nproc /proc proc defaults 0 0\r\n", "644 0:0")]
    [InlineData("`bootstrap`, fstab with NUL bytes", "", "printf '# x\\0y\\nproc /proc proc\\0\\n' >$node/etc/fstab",
        "# x\0y\nproc /proc proc\0\n", "644 0:0")]
    [InlineData("`bootstrap`, fstab of mode 0600 and another owner", "",
        "printf '# x\\n' >$node/etc/fstab; chmod 600 $node/etc/fstab; chown 1000:1001 $node/etc/fstab", "# x\n", "600 1000:1001")]
    [InlineData("`bootstrap`, fstab a link to a file in another directory", "",
        "printf '# x\\n' >$node/srv/fstab; ln -sf ../srv/fstab $node/etc/fstab", "# x\n", "644 0:0")]
    [InlineData("`bootstrap`, fstab a link to nothing", "", "ln -sf ../srv/fstab $node/etc/fstab", "", "644 0:0")]
    public async Task The_line_is_added_and_all_else_stays(string row, string code, string prepare, string text, string mode)
    {
        using var machine = await HostMachine.RunAsync($$"""
            fresh; {{prepare}}
            find $node/etc $node/srv -name fstab -type l -printf '%p %l\n' >$out/links
            try first bootstrap; try again bootstrap
            diff $out/links <(find $node/etc $node/srv -name fstab -type l -printf '%p %l\n') && echo "links are as they were"
            stat -L -c '%a %u:%g' $node/etc/fstab
            find $node -name '*.tmp*'
            grep -c ' {{Ours.Trim()}} ' $node/etc/fstab; od -An -v -tx1 $node/etc/fstab | tr -d ' \n'
            """);
        Assert.Equal((row, 0, code), (row, machine.Ended("first").ExitCode, machine.Ended("first").Code ?? ""));
        Assert.True(machine.Ended("first").Length < TimeSpan.FromSeconds(30), row);
        Assert.Equal((row, 0), (row, machine.Ended("again").ExitCode));
        var said = machine.Words.Split('\n');
        Assert.Equal(["links are as they were", mode, "1"], said[..3]);
        var bytes = System.Text.Encoding.Latin1.GetString(Convert.FromHexString(said[3]));
        Assert.StartsWith($"{text}127.0.98.4:/{Ours}", bytes, StringComparison.Ordinal);
        Assert.Equal(bytes.Length - 1, bytes.IndexOf('\n', text.Length));
    }

    [Theory]
    [InlineData("`bootstrap`, fstab of 10,000 lines", "")]
    public async Task Ten_thousand_lines_stay_as_they_are(string row, string code)
    {
        using var machine = await HostMachine.RunAsync("""
            fresh
            for ((i = 1; i <= 10000; i++)); do echo "10.9.9.9:/e$i	/mnt/e$i  nfs noauto 0 0 "; done >>$node/etc/fstab
            cp $node/etc/fstab /mnt/old
            try first bootstrap
            cmp <(head -n -1 $node/etc/fstab) /mnt/old && tail -n 1 $node/etc/fstab
            """);
        Assert.Equal((row, 0, code), (row, machine.Ended("first").ExitCode, machine.Ended("first").Code ?? ""));
        Assert.True(machine.Ended("first").Length < TimeSpan.FromSeconds(30), row);
        Assert.StartsWith($"127.0.98.4:/{Ours}", machine.Words, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("`bootstrap`, fstab a directory", "FSTAB_INVALID", "rm $node/etc/fstab; mkdir $node/etc/fstab", "rmdir $node/etc/fstab")]
    [InlineData("`bootstrap`, fstab a FIFO", "FSTAB_INVALID", "rm $node/etc/fstab; mkfifo $node/etc/fstab", "rm $node/etc/fstab")]
    [InlineData("`bootstrap`, fstab a link in a loop", "FSTAB_INVALID", "ln -sf other $node/etc/fstab; ln -s fstab $node/etc/other",
        "rm $node/etc/fstab $node/etc/other")]
    [InlineData("`bootstrap`, fstab a link into a directory that is not there", "FSTAB_WRITE", "ln -sf ../gone/fstab $node/etc/fstab",
        "rm $node/etc/fstab")]
    public async Task What_is_no_file_is_named_and_left_and_once_it_is_one_the_next_run_ends_it(
        string row, string code, string hurt, string mend)
    {
        using var machine = await HostMachine.RunAsync($$"""
            prepare() { fresh; }
            old=$(cat /mnt/fresh/etc/fstab)
            reference bootstrap
            fresh; {{hurt}}; state hurt-before
            try hurt bootstrap; state hurt
            try add storage add --local-path /more --remote-path 127.0.98.4:/more --protocol "NFS 4.0"
            {{mend}}; echo "$old" >$node/etc/fstab
            umount -q $node/data $node/more; rmdir $node/more 2>/dev/null
            try again bootstrap; state again
            """);
        var run = machine.Ended("hurt");
        Assert.True((run.ExitCode, run.Code) == (1, code), $"{row}: exit {run.ExitCode}: {run.Errors}");
        Assert.True(run.Length < TimeSpan.FromSeconds(30), row);
        Assert.Equal(code, run.Report?.FirstError?.Code);
        Assert.Equal(code, machine.Ended("add").Code);
        var (before, hurtEnd, end) = (machine.State("hurt-before"), machine.State("hurt"), machine.State("end"));
        Assert.All(
            before.Where(file => file.Key != "script"),
            file => Assert.Equal(
                string.Create(CultureInfo.InvariantCulture, $"{file.Key} {file.Value}"),
                $"{file.Key} {hurtEnd.GetValueOrDefault(file.Key)}"));

        // Only a failed write (FSTAB_WRITE) shows after the mount; every other fault prevents the mount.
        Assert.Equal(code == "FSTAB_WRITE", hurtEnd.ContainsKey("/mnt/node/data"));
        Assert.True(machine.Ended("again").ExitCode == 0, $"{row}: {machine.Ended("again").Errors}");
        HostEnd.IsTheEnd(end, machine.State("again"), row);
    }
}
