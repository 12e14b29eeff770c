using CsCheck;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Stages.Mount.Drivers;
using Thpc.NodeAgent.Stages.Mount.Fstab;

namespace Thpc.NodeAgent.Tests.Configuration;

public sealed class CfsOptionsTests
{
    [Theory]
    [InlineData("NFS 3.0", "vers=3,nolock,proto=tcp,noresvport")]
    [InlineData("NFS 3.0", "noresvport,proto=tcp,nolock,vers=3")]
    [InlineData("NFS 3.0", ",vers=3,,nolock,proto=tcp,noresvport,")]
    [InlineData("NFS 3.0", "nfsvers=3,nolock,tcp,noresvport,nolock")]
    [InlineData("NFS 3.0", "v3,nolock,proto=tcp,noresvport")]
    [InlineData("NFS 3.0", "nolock,proto=tcp,noresvport")]
    [InlineData("NFS 3.0", "nfsvers=3,nolock,proto=tcp,hard,timeo=600,retrans=2,_netdev,noresvport")]
    [InlineData("NFS 3.0", ",")]
    [InlineData("NFS 4.0", "vers=4.0,noresvport")]
    [InlineData("NFS 4.0", "noresvport,nfsvers=4.0")]
    [InlineData("NFS 4.0", "vers=4,minorversion=0,noresvport")]
    [InlineData("NFS 4.0", "vers=4,minorversion=0,hard,timeo=600,retrans=2,_netdev,noresvport")]
    [InlineData("NFS 4.0", "minorversion=0,noresvport,v4")]
    [InlineData("NFS 4.0", "noresvport")]
    [InlineData("TURBO", "user_xattr")]
    [InlineData("TURBO", "defaults,user_xattr,_netdev")]
    public void Explicit_default_options_are_no_own_options(string protocol, string option) => Assert.Null(Read(protocol, option));

    [Theory]
    [InlineData("NFS 3.0", "nolock,noresvport", "nolock,noresvport")]
    [InlineData("NFS 3.0", "vers=3", "vers=3")]
    [InlineData("NFS 3.0", "hard", "hard")]
    [InlineData("NFS 3.0", "vers=3,nolock,proto=udp,noresvport", "vers=3,nolock,proto=udp,noresvport")]
    [InlineData("NFS 3.0", "vers=3,nolock,proto=tcp,noresvport,ro", "vers=3,nolock,proto=tcp,noresvport,ro")]
    [InlineData("NFS 3.0", "vers=3,nolock,proto=tcp,noresvport,timeo=100", "vers=3,nolock,proto=tcp,noresvport,timeo=100")]
    [InlineData("NFS 3.0", "vers=3,nolock,lock,proto=tcp,noresvport", "vers=3,nolock,lock,proto=tcp,noresvport")]
    [InlineData("NFS 3.0", "soft,,ro,", "soft,ro")]
    [InlineData("NFS 4.0", "vers=4,noresvport", "vers=4,noresvport")]
    [InlineData("NFS 4.0", "vers=4.1,noresvport", "vers=4.1,noresvport")]
    [InlineData("NFS 4.0", "vers=4,minorversion=1,noresvport", "vers=4,minorversion=1,noresvport")]
    [InlineData("NFS 4.0", "vers=4.0", "vers=4.0")]
    [InlineData("TURBO", "user_xattr,flock", "user_xattr,flock")]
    [InlineData("TURBO", "hard,user_xattr", "hard,user_xattr")]
    [InlineData("TURBO", "defaults", "defaults")]
    public void Options_with_another_meaning_stay(string protocol, string option, string expected) =>
        Assert.Equal(expected, Read(protocol, option));

    /// <summary>The agent uses both if the user gives no options: one for mount, one for fstab.</summary>
    [Theory]
    [InlineData("Nfs3")]
    [InlineData("Nfs4")]
    [InlineData("Turbo")]
    public void Options_of_the_agents_mount_and_fstab_line_are_the_default(string name)
    {
        var protocol = Enum.Parse<CfsProtocol>(name);
        var storage = new CfsStorage("/data", "h", "/x", protocol, null);
        Assert.Null(CfsOptions.Own(protocol, CfsMount.MountOptions(storage).Replace(",retry=0", "", StringComparison.Ordinal)));
        var line = CfsMount.ToFstabEntry(storage, "hpc-8hje8h12").Options.Split(',')
            .Where(word => word != "nofail" && !word.StartsWith("x-", StringComparison.Ordinal));
        Assert.Null(CfsOptions.Own(protocol, string.Join(',', line)));
    }

    /// <summary>An earlier version wrote the options in the spelling of the API.</summary>
    [Theory]
    [InlineData("Nfs3", "vers=3,nolock,proto=tcp,noresvport")]
    [InlineData("Nfs4", "vers=4.0,noresvport")]
    [InlineData("Turbo", "user_xattr")]
    public void Fstab_line_with_explicit_default_options_is_replaced_once(string name, string option)
    {
        var protocol = Enum.Parse<CfsProtocol>(name);
        var storage = new CfsStorage("/data", "h", "/x", protocol, option);
        var old = CfsMount.ToFstabEntry(storage, "hpc-8hje8h12", "0123456789ab");
        var wanted = CfsMount.ToFstabEntry(storage with { MountOption = CfsOptions.Own(protocol, option) }, "hpc-8hje8h12", "0123456789ab");
        var text = FstabDocument.Parse($"/dev/vda1 / ext4 defaults 0 1\n{old.ToLine()}# end\n").With(wanted).Text;
        Assert.Equal($"/dev/vda1 / ext4 defaults 0 1\n{wanted.ToLine()}# end\n", text);
        Assert.Equal(text, FstabDocument.Parse(text).With(wanted).Text);
    }

    [Fact]
    public void Order_and_commas_are_ignored_but_another_option_is_not()
    {
        var extra = Pick("ro", "soft", "nconnect=4", "timeo=601", "vers=4.1", "flock", "lock");
        Gen.Select(Pick(CfsProtocol.Nfs3, CfsProtocol.Nfs4, CfsProtocol.Turbo), Gen.Int[0, 5].Array[12], extra, Gen.Int.Array[12])
            .Sample((protocol, commas, more, order) =>
        {
            var words = CfsOptions.Split(CfsOptions.Default(protocol));
            Assert.Null(CfsOptions.Own(protocol, Joined(Shuffled(words))));
            var longer = Shuffled([.. words, more]);
            Assert.Equal(string.Join(',', longer), CfsOptions.Own(protocol, Joined(longer)));

            string[] Shuffled(string[] all) => [.. all.Zip(order).OrderBy(pair => pair.Second).Select(pair => pair.First)];
            string Joined(string[] all) => string.Concat(all.Select((word, index) => word + new string(',', commas[index] + 1)));
        });
    }

    private static Gen<T> Pick<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static string? Read(string protocol, string option)
    {
        var remote = protocol == "TURBO" ? "h@tcp0:/x/cfs" : "h:/";
        return Assert.IsType<CfsStorage>(Assert.Single(Configs.Load(
            $"{Configs.Cluster}[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"{remote}\"\nprotocol = \"{protocol}\"\nmount_option = "
                + $"\"{option}\"\n").Config.Storage)).MountOption;
    }
}
