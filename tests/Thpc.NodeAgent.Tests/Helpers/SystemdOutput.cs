namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>Output of systemctl (systemd 252) while the agent's unit ran a script at boot, with slurmd, slurmctld and cloud-init.</summary>
internal static class SystemdOutput
{
    public const string Jobs = """
        88 cloud-final.service                  start waiting
        79 slurmd.service                       start waiting
        78 thpc-node-agent.service              start running
        68 slurmctld.service                    start waiting
        62 systemd-update-utmp-runlevel.service start waiting
        1  multi-user.target                    start waiting
        82 cloud-init.target                    start waiting
        """;

    public const string After = """
        Id=cloud-final.service
        After=systemd-journald.socket sysinit.target multi-user.target network-online.target cloud-config.service
        """ + " system.slice rc-local.service basic.target\n\n" + """
        Id=slurmd.service
        After=network-online.target basic.target munge.service system.slice systemd-journald.socket sysinit.target
        """ + " thpc-node-agent.service remote-fs.target\n\n" + """
        Id=thpc-node-agent.service
        After=system.slice cloud-init.service basic.target network-online.target sysinit.target cloud-init-network.service
        """ + " systemd-journald.socket\n\n" + """
        Id=slurmctld.service
        After=network-online.target sysinit.target basic.target munge.service thpc-node-agent.service systemd-journald.socket system.slice

        Id=systemd-update-utmp-runlevel.service
        After=multi-user.target systemd-update-utmp.service -.mount rescue.target graphical.target systemd-journald.socket system.slice

        Id=multi-user.target
        After=systemd-logind.service basic.target systemd-user-sessions.service rescue.target slurmctld.service
        """ + " getty.target rescue.service munge.service systemd-networkd.service slurmd.service dbus.service"
            + " nfs-client.target thpc-node-agent.service\n\n" + """
        Id=cloud-init.target
        After=multi-user.target cloud-final.service cloud-config.service cloud-init-hotplugd.socket
        """;
}
