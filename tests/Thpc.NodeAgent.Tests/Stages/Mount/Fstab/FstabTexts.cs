using System.Text;
using CsCheck;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Stages.Mount.Fstab;

namespace Thpc.NodeAgent.Tests.Stages.Mount.Fstab;

/// <summary>Random fstab texts like those written by people, tools and accidents; one character per byte.</summary>
internal static class FstabTexts
{
    public const string ClusterId = "hpc-8hje8h12";

    public static Gen<FstabEntry> Entries { get; } =
        from mountPoint in Pick("/data", "/opt", "/data/a b", "/数据", "/x\\040y")
        from source in Pick("172.30.3.90:/", "172.30.3.90:/a b", "h@tcp0:/4fe1839b/cfs")
        from type in Pick("nfs", "nfs4", "lustre")
        select new FstabEntry(source, mountPoint, type, $"hard,_netdev,nofail,{NodePaths.ClusterTag}{ClusterId}");

    private static readonly Gen<string> Space = Pick(" ", "  ", "\t", " \t ");

    private static readonly Gen<string> Word = Gen.Frequency(
        (3, Pick("/dev/sda1", "UUID=abc", "UUID=\"abc\"", "LABEL=x", "proc", "none", "172.30.3.90:/", "//server/share")),
        (4, Pick(
            "/", "/boot", "/data", "/data/", "//data", "/data/../x", "swap", "none", "/opt", "/mnt/a\\040b", "/mnt/\\011", "/mnt/\\134040",
            "/m\\x", "/m\\04", "/m\\777", "/m\\000x", "/m\\")),
        (3, Pick("ext4", "nfs", "nfs4", "swap", "auto", "#x", "\"q\"", "é", "\xE9", "\xC3\xA9", "\xFF\xFE", "\v", "a\fb")),
        (3, Pick(
            "defaults", "rw,noatime", "sw", "comment=cloudconfig,x", "a=\"b,c\",d", "a,,b", ",", "=a", "a,=b", "x-systemd.automount",
            "nofail,x-thpc.cluster=hpc-00000000", $"rw,{NodePaths.ClusterTag}{ClusterId}")),
        (3, Pick("0", "1", "2", "-1", "+3", "0x1", "1a", "99999999999", "\v4", "x")));

    private static readonly Gen<string> Line =
        from lead in Gen.Frequency((5, Gen.Const("")), (1, Space), (1, Pick("#", " # ", "\f")))
        from words in Gen.Select(Word, Space, (word, space) => word + space).Array[0, 8]
        from end in Gen.Frequency((20, Gen.Const("")), (2, Pick("\r", "\r\r", " \r", "# trailing")), (1, Pick("\0", "\0x")))
        select lead + string.Concat(words) + end;

    private static readonly Gen<string> GoodLine =
        from source in Pick("/dev/sda1", "UUID=abc", "LABEL=\"x\"", "172.30.3.90:/a\\040b")
        from mountPoint in Pick("/", "/boot", "/data", "/opt/", "none", "/mnt/\xC3\xA9")
        from type in Pick("ext4", "nfs", "nfs4", "swap")
        from options in Pick("defaults", "rw,noatime", "sw", "nofail,x-thpc.cluster=hpc-00000000", $"rw,{NodePaths.ClusterTag}{ClusterId}")
        from space in Space
        from rest in Pick("", " 0", " 0 0", "\t0\t2", " 0 0 0 0")
        select string.Join(space, source, mountPoint, type, options) + rest;

    public static Gen<string> Tables { get; } =
        from lines in Gen.Frequency((3, GoodLine), (3, Line), (1, Pick("", "# a comment", "\t"))).Array[0, 20]
        from final in Gen.Bool
        select string.Join('\n', lines) + (final && lines.Length > 0 ? "\n" : "");

    /// <summary>The bytes of a table, one per character.</summary>
    public static byte[] ToBytes(string table) => Encoding.Latin1.GetBytes(table);

    private static Gen<string> Pick(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(index => texts[index]);
}
