namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>Texts of /proc/self/mountstats, as people have published them; addresses and unused operations shortened.</summary>
internal static class NfsReadings
{
    /// <summary>NFS 4.1 under a load of direct writes that wait for a slot on the client. The server is well.</summary>
    public const string Loaded = """
        device sysfs mounted on /sys with fstype sysfs
        device 10.0.0.1:/ mounted on /mnt with fstype nfs4 statvers=1.1
            opts:   rw,vers=4.1,rsize=1048576,wsize=1048576,namlen=255,hard,noresvport,proto=tcp,timeo=600,retrans=2,sec=sys,local_lock=none
            age:    9503
            impl_id:    name='',domain='',date='0,0'
            caps:   caps=0x3ffd7,wtmult=512,dtsize=32768,bsize=0,namlen=255
            nfsv4:  bm0=0xfcff8fff,bm1=0x40f9be3e,bm2=0x802,acl=0x0,sessions,pnfs=not configured
            sec:    flavor=1,pseudoflavor=1
            events: 35 259 2 1005 9 7 511 256000 0 66 0 26 18 2 6 4 0 3 0 0 256000 0 0 0 0 0 0
            bytes:  1048576000 1048576000 0 1048576000 1048576000 2097152000 256000 256000
            RPC iostats version: 1.0  p/v: 100003/4 (nfs)
            xprt:   tcp 0 0 1 0 0 12755 12754 0 51500 0 32 101086 25994
            per-op statistics
                    NULL: 0 0 0 0 0 0 0 0
                    READ: 1000 1000 0 220000 1048680000 1689 503927 505677
                   WRITE: 2000 2000 0 2097616000 288000 5178088 48850 5230077
                  COMMIT: 11 11 0 2244 1144 0 615 615
                  STATFS: 9662 9662 0 2085704 1545920 3350 198228 202134
             SECINFO_NO_NAME: 1 1 0 168 104 18 18 37

        """;

    /// <summary>NFS 4.2, just mounted, of a newer kernel.</summary>
    public const string Fresh = """
        device genesis:/shares/a\040b mounted on /mnt/a\040b with fstype nfs4 statvers=1.1
        	age:	2
        	per-op statistics
        	        READ: 0 0 0 0 0 0 0 0 0

        device genesis:/shares/media mounted on /mnt/nfs with fstype nfs4 statvers=1.1
        	opts:	rw,vers=4.2,rsize=1048576,wsize=1048576,hard,proto=tcp,timeo=600,retrans=2,sec=sys,local_lock=none
        	age:	38
        	impl_id:	name='',domain='',date='0,0'
        	caps:	caps=0x3ffbffff,wtmult=512,dtsize=32768,bsize=0,namlen=255
        	sec:	flavor=1,pseudoflavor=1
        	events:	0 0 0 0 0 2 4 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 
        	bytes:	0 0 0 0 0 0 0 0 
        	RPC iostats version: 1.1  p/v: 100003/4 (nfs)
        	xprt:	tcp 0 0 2 0 38 27 27 0 27 0 2 0 0
        	per-op statistics
        	        NULL: 1 1 0 44 24 0 2 2 0
        	        READ: 0 0 0 0 0 0 0 0 0
        	       WRITE: 0 0 0 0 0 0 0 0 0

        device tmpfs mounted on /run with fstype tmpfs

        """;
}
