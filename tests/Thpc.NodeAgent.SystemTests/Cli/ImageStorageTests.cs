namespace Thpc.NodeAgent.SystemTests.Cli;

/// <summary>Storage of an unpacked image: realistic fstab files, units and autofs maps.</summary>
public sealed class ImageStorageTests : IDisposable
{
    private const string Root = "UUID=3443a7e4-0000-4ab5-a41f-6389879ce2fe / xfs defaults,noatime 1 1\n";
    private const string Units = "/etc/systemd/system";
    private readonly TemporaryNode _node = new();

    public ImageStorageTests() => Needs.RootUser();

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Dependent_lines_are_removed_with_the_share()
    {
        _node.Write("/etc/fstab", Root + """
            172.30.3.90:/ /mnt/efs nfs4 vers=4,minorversion=0,hard,timeo=600,retrans=2,_netdev,noresvport 0 0
            /mnt/efs/html /var/www/html none bind,_netdev 0 0
            /mnt/efs/home /home none bind 0 0
            /mnt/efs/apps /opt/apps none rbind,x-systemd.requires=/mnt/efs 0 0
            overlay /srv/merged overlay lowerdir=/mnt/efs/base,upperdir=/srv/up,workdir=/srv/work 0 0
            /mnt/efs/disk.img /srv/img ext4 loop 0 0
            /mnt/efs/swapfile none swap sw 0 0
            tmpfs /mnt/efs/scratch tmpfs rw 0 0

            """);
        var check = await CheckAsync("--operations", "fstab");
        Assert.Equal(5, check.ExitCode);
        Assert.Contains("fstab: /etc/fstab (line 2: nfs4 172.30.3.90:/ on /mnt/efs)", check.Output, StringComparison.Ordinal);
        Assert.Contains(
            "fstab: /etc/fstab (line 4: bind /mnt/efs/home on /home: depends on /mnt/efs)", check.Output, StringComparison.Ordinal);
        Assert.Contains(
            "fstab: /etc/fstab (line 5: rbind /mnt/efs/apps on /opt/apps: depends on /mnt/efs)", check.Output, StringComparison.Ordinal);
        Assert.Contains("fstab: /etc/fstab (line 8: swap /mnt/efs/swapfile: depends on /mnt/efs)", check.Output, StringComparison.Ordinal);
        Assert.Contains(
            "/etc/fstab line 9: tmpfs tmpfs on /mnt/efs/scratch: kept; its mount point is below /mnt/efs, which is no longer mounted; "
                + "systemd creates the directory",
            check.Errors,
            StringComparison.Ordinal);
        Assert.Equal(0, (await PrepAsync("--operations", "fstab")).ExitCode);
        Assert.Equal(Root + "tmpfs /mnt/efs/scratch tmpfs rw 0 0\n", _node.Read("/etc/fstab"));
        Assert.Equal(0, (await CheckAsync("--operations", "fstab")).ExitCode);
    }

    [Fact]
    public async Task Data_disks_and_dependent_lines_are_removed()
    {
        _node.Write("/etc/fstab", Root + """
            /dev/vdb /var/lib/docker ext4 defaults 0 0
            /dev/vdc1 /var/lib/containerd xfs defaults,noatime,nodiratime 0 0
            /dev/mapper/vg_datos-lv_docker /var/lib/kubelet ext4 defaults 0 2
            /dev/vdd /usr/local/data ext4 defaults 0 0
            /dev/vde /data ext4 defaults 0 0
            /dev/vdf1 none swap sw 0 0
            tank/scratch /scratch zfs defaults 0 0
            LABEL=bootdata /bootdata ext4 defaults 0 0
            /dev/vdg /tmp ext4 defaults,nofail 0 0
            /data/home /home none bind 0 0

            """);
        var prep = await PrepAsync("--operations", "fstab");
        Assert.Contains(
            "/etc/fstab line 2: disk /dev/vdb on /var/lib/docker: a node without that disk does not boot; if nodes made from this image "
                + "do not have that disk, add the operation data-disks", prep.Output, StringComparison.Ordinal);
        Assert.Contains(
            "/etc/fstab line 10: disk /dev/vdg on /tmp: a node without that disk boots without it (nofail); if", prep.Output,
            StringComparison.Ordinal);
        Assert.Contains("/etc/fstab line 11: bind /data/home on /home: depends on /data; if", prep.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await PrepAsync("--operations", "data-disks")).ExitCode);
        Assert.Equal(Root, _node.Read("/etc/fstab"));
    }

    [Fact]
    public async Task Root_subvolumes_are_kept()
    {
        const string Kept =
            "/dev/sdc1 / btrfs compress=zstd,subvol=root 0 0\n/dev/sdc1 /mnt/a btrfs compress=zstd,subvolid=5 0 0\n/dev/sdc1 "
                + "/var/lib/containers btrfs compress=zstd,subvol=containers 0 0\n";
        _node.Write("/etc/fstab", Kept + "/dev/sdc2 /data btrfs compress=zstd,subvol=data 0 0\n");
        Assert.Equal(0, (await PrepAsync("--operations", "all")).ExitCode);
        Assert.Equal(Kept, _node.Read("/etc/fstab"));
    }

    [Fact]
    public async Task Cloud_init_lines_are_kept_and_network_mounts_reported()
    {
        const string Text =
            "LABEL=cloudimg-rootfs\t/\t ext4\tdiscard,errors=remount-ro\t0 1\nLABEL=UEFI\t/boot/efi\tvfat\tumask=0077\t0 1\n"
            + "/dev/disk/cloud/azure_resource-part1\t/mnt\tauto\tdefaults,nofail,x-systemd.requires=cloud-init.service,_netdev,"
            + "comment=cloudconfig\t0\t2\n"
            + "172.30.3.90:/\t/data\tnfs4\tdefaults,nofail,x-systemd.requires=cloud-init.service,_netdev,comment=cloudconfig\t0\t2\n"
            + "/dev/vdb\tnone\tswap\tsw,comment=cloudconfig\t0\t0\n";
        _node.Write("/etc/fstab", Text);
        var prep = await PrepAsync("--operations", "all");
        Assert.Equal(0, prep.ExitCode);
        Assert.Equal(Text, _node.Read("/etc/fstab"));
        Assert.Contains(
            "/etc/fstab line 4: nfs4 172.30.3.90:/ on /data was written by cloud-init (comment=cloudconfig): kept",
            prep.Output,
            StringComparison.Ordinal);
        Assert.DoesNotContain("disk /dev/", prep.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("defaults")]
    [InlineData("defaults,data-disks")]
    [InlineData("all")]
    public async Task Each_operation_removes_its_own_lines(string operations)
    {
        string[] lines =
        [
            "# /etc/fstab", "UUID=aaaa-bbbb / ext4 defaults 1 1", "UUID=BBBB-0001 /boot/efi vfat umask=0077 0 1",
            "/dev/vda3 /home xfs defaults 0 0",
            "/dev/vdc /mnt/scratch auto defaults,nofail,x-systemd.requires=cloud-init.service,comment=cloudconfig 0 2",
            "172.30.3.90:/ /data nfs4 vers=4.0,noresvport,_netdev 0 0", "/data/home /home2 none bind 0 0",
            "/data/apps /usr/local/apps none bind,_netdev 0 0",
            "overlay /srv/app overlay lowerdir=/data/app,upperdir=/var/u,workdir=/var/w 0 0",
            "10.0.0.5:6789:/ /ceph ceph name=admin,secretfile=/etc/ceph/secret,_netdev 0 0",
            "//10.0.0.6/share /smb cifs credentials=/root/.smb,_netdev 0 0",
            "/dev/vdb1 /data1 xfs defaults,nofail 0 2",
            "cosfs#mybucket-1250000000 /cosfs fuse _netdev,allow_other,url=http://cos.ap-guangzhou.myqcloud.com 0 0",
            "10.0.0.8:/gv0 /gluster glusterfs defaults,_netdev 0 0",
            "beegfs_nodev /beegfs beegfs cfgFile=/etc/beegfs/beegfs-client.conf,_netdev 0 0", "/dev/vdd1 none swap sw 0 0",
            "/ceph/x /y none bind 0 0",
        ];
        int[] shared = [6, 7, 8, 9];
        int[] disks = [12, 16];
        int[] networks = [10, 11, 13, 14, 15, 17];
        _node.Write("/etc/fstab", string.Concat(lines.Select(line => line + "\n")));
        var prep = await PrepAsync("--operations", operations);
        Assert.Equal(0, prep.ExitCode);
        int[] gone = [.. shared, .. operations.Contains("disks", StringComparison.Ordinal) || operations == "all" ? disks : [],
            .. operations == "all" ? networks : []];
        Assert.Equal(lines.Where((_, index) => !gone.Contains(index + 1)), _node.Read("/etc/fstab").TrimEnd('\n').Split('\n'));
        foreach (var number in disks.Concat(networks).Except(gone))
        {
            var operation = disks.Contains(number) ? "data-disks" : "network-mounts";
            Assert.Contains(
                prep.Output.Split('\n'),
                line => line.Contains($"/etc/fstab line {number}: ", StringComparison.Ordinal)
                    && line.EndsWith($"add the operation {operation}", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Network_mount_units_are_removed_with_their_links()
    {
        _node.Write("/etc/fstab", Root + "/data/x /y none bind 0 0\n10.0.0.1:/ /z nfs noauto 0 0\n");
        _node.Write(
            $"{Units}/data.mount",
            "[Unit]\nAfter=network.target\n[Mount]\nWhat=10.0.0.1:/\nWhere=/data\nType=nfs\n[Install]\nWantedBy=multi-user.target\n");
        _node.Write($"{Units}/data.automount", "[Automount]\nWhere=/data\n");
        _node.Write($"{Units}/z.automount", "[Automount]\nWhere=/z\n");
        _node.Write($"{Units}/smb.mount", "[Mount]\nWhat=//10.0.0.6/s\nWhere=/smb\nType=cifs\nOptions=credentials=/root/.smb\n");
        _node.Write($"{Units}/w.mount", "[Unit]\nRequiresMountsFor=/srv /data/w\n[Mount]\nWhat=/srv/w\nWhere=/w\nOptions=bind\n");
        _node.Write($"{Units}/local.mount", "[Mount]\nWhat=/dev/vda3\nWhere=/local\nType=xfs\n");
        _node.Write($"{Units}/local.automount", "[Automount]\nWhere=/local\n");
        _node.Link($"{Units}/multi-user.target.wants/data.automount", $"{Units}/data.automount");
        _node.Link($"{Units}/remote-fs.target.requires/data.mount", "../data.mount");
        _node.Link($"{Units}/multi-user.target.wants/local.mount", "../local.mount");

        var prep = await PrepAsync("--operations", "fstab");
        Assert.Contains(
            $"{Units}/data.mount mounts nfs 10.0.0.1:/ on /data; if it belongs to the old cluster, add the operation network-mounts",
            prep.Output,
            StringComparison.Ordinal);
        Assert.Contains($"{Units}/smb.mount mounts cifs //10.0.0.6/s on /smb; if", prep.Output, StringComparison.Ordinal);
        Assert.Equal(Root + "/data/x /y none bind 0 0\n", _node.Read("/etc/fstab"));
        Assert.False(_node.Has($"{Units}/z.automount"));
        Assert.True(_node.Has($"{Units}/data.mount"));

        Assert.Equal(0, (await PrepAsync("--operations", "network-mounts")).ExitCode);
        Assert.Equal(Root, _node.Read("/etc/fstab"));
        Assert.Equal(
            ["local.automount", "local.mount", "multi-user.target.wants/local.mount"],
            Directory.EnumerateFiles(_node.On(Units), "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(_node.On(Units), path)).Order(StringComparer.Ordinal));
        Assert.Equal(0, (await CheckAsync("--operations", "network-mounts")).ExitCode);
    }

    [Fact]
    public async Task Network_entries_of_autofs_maps_are_removed()
    {
        _node.Write(
            "/etc/auto.master",
            "/misc /etc/auto.misc\n/net -hosts\n/- file:/etc/auto.direct --timeout=60\n/cifs /etc/auto.smb\n/nis yp:auto.home\n/no "
                + "../../etc/passwd\n+dir:/etc/auto.master.d\n+auto.master\n");
        _node.Write(
            "/etc/auto.misc",
            "# local\ncd\t-fstype=iso9660,ro,nosuid,nodev\t:/dev/cdrom\nserver -rw / h:/ \\\n  /usr h:/usr\nsub -fstype=autofs "
                + "file:/etc/auto.sub\n");
        _node.Write("/etc/auto.direct", "/nfs/apps bogus:/usr/local\n");
        _node.Write("/etc/auto.sub", "a -fstype=cifs ://10.0.0.6/s\nb -fstype=bind :/srv\n");
        _node.Write("/etc/auto.smb", "#!/bin/sh\necho h:/x\n");
        File.SetUnixFileMode(_node.On("/etc/auto.smb"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        _node.Write("/etc/auto.master.d/home.autofs", "/home auto.home\n");
        _node.Write("/etc/maps/home", "* -rw h:/home/&\n");
        _node.Link("/etc/auto.home", "maps/home");
        _node.Write("/etc/auto.unused", "a h:/a\n");

        var prep = await PrepAsync("--operations", "network-mounts");
        Assert.Equal(0, prep.ExitCode);
        Assert.Equal(
            "# local\ncd\t-fstype=iso9660,ro,nosuid,nodev\t:/dev/cdrom\nsub -fstype=autofs file:/etc/auto.sub\n",
            _node.Read("/etc/auto.misc"));
        Assert.Equal("", _node.Read("/etc/auto.direct") + _node.Read("/etc/maps/home"));
        Assert.Equal("b -fstype=bind :/srv\n", _node.Read("/etc/auto.sub"));
        Assert.Equal("a h:/a\n", _node.Read("/etc/auto.unused"));
        Assert.Contains(
            "/etc/auto.master line 4: /cifs is an autofs mount of the program map /etc/auto.smb: kept",
            prep.Output,
            StringComparison.Ordinal);
        Assert.Contains(
            "/etc/auto.master line 5: /nis is an autofs mount of the map yp:auto.home, which is not a readable file: kept",
            prep.Output,
            StringComparison.Ordinal);
        Assert.Contains("the map ../../etc/passwd, which is not a readable file", prep.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Boot_scripts_that_mount_are_reported_without_passwords()
    {
        const string Script =
            "#!/bin/sh\n# mount nothing\numount /x\n/bin/mount -t cifs -o password=geheim //h/s /s\n[ -d /y ] && mount /y # again\ncosfs "
                + "bucket /z\n";
        _node.Write("/etc/rc.d/rc.local", Script);
        _node.Link("/etc/rc.local", "rc.d/rc.local");
        var prep = await PrepAsync("--operations", "defaults");
        Assert.Equal(
            ["4 calls mount", "5 calls mount", "6 calls cosfs"],
            prep.Output.Split('\n').Where(line => line.Contains("/etc/rc.d/rc.local line ", StringComparison.Ordinal))
                .Select(line =>
                    line[(line.IndexOf(" line ", StringComparison.Ordinal) + 6)..line.IndexOf(" at boot", StringComparison.Ordinal)]));
        Assert.DoesNotContain("geheim", prep.Output + prep.Errors, StringComparison.Ordinal);
        Assert.Equal(Script, _node.Read("/etc/rc.d/rc.local"));
        var check = await CheckAsync("--operations", "network-mounts");
        Assert.Equal(0, check.ExitCode);
        Assert.Contains("/etc/rc.d/rc.local line 6 calls cosfs at boot: kept", check.Errors, StringComparison.Ordinal);
    }

    /// <summary>A command that is killed while it replaces a file leaves the next version beside it.</summary>
    [Fact]
    public async Task Next_versions_of_killed_commands_are_removed()
    {
        const string Properties = "/usr/local/goosefs/conf/goosefs-site.properties";
        string[] left =
            ["/etc/fstab.thpc-4711.tmp", $"{Units}/thpc-goosefs-data.service.thpc-4711.tmp", $"{Properties}.thpc-4711.tmp"];
        string[] others = ["/etc/fstab.tmp", $"{Units}/other.service.tmp"];
        _node.Write("/etc/fstab", Root);
        _node.Write(Properties, "# mine\n");
        Assert.All([.. left, .. others], path => _node.Write(path, "10.0.0.1:/"));
        var check = await CheckAsync();
        Assert.All(left, path => Assert.Contains(path, check.Output, StringComparison.Ordinal));
        Assert.Equal(0, (await PrepAsync()).ExitCode);
        Assert.Equal(others, left.Concat(others).Where(_node.Has));
        Assert.Equal((Root, "# mine\n"), (_node.Read("/etc/fstab"), _node.Read(Properties)));
    }

    private Task<AgentRun> PrepAsync(params string[] arguments) => Agent.RunAsync(_node, ["image", "prep", "--yes", .. arguments]);

    private Task<AgentRun> CheckAsync(params string[] arguments) => Agent.RunAsync(_node, ["image", "check", .. arguments]);
}
