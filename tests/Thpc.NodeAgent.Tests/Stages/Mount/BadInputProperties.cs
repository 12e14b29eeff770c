using System.Diagnostics;
using System.Text;
using CsCheck;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Stages.Mount.Drivers;
using Thpc.NodeAgent.Stages.Mount.Fstab;
using Thpc.NodeAgent.Tests.Stages.Mount.Fstab;

namespace Thpc.NodeAgent.Tests.Stages.Mount;

/// <summary>
/// Any storage in a configuration is rejected, or becomes exactly one fstab line that libmount reads back unchanged, or one unit, and
/// exactly one argument for each value in the mount commands.
/// </summary>
public sealed class BadInputProperties
{
    private const string Before = "# mine\n/dev/vda1 / ext4 defaults 0 1\n";

    private static readonly Gen<string> Odd = Gen.Frequency(
        (6, Gen.Char["ab/:@,=-. \t\n\r\\\"'#$%*[]é数\u2028\u0001\u007f"].Array[0, 12].Select(chars => new string(chars))),
        (2, Pick("\\040", "-o", "--bind", "rw,x-thpc.cluster=hpc-00000000", "a\n/dev/x /y ext4", "${IFS}", "%n", "\ud83d\udc0b", " ", "")),
        (1, Gen.Int[1, 4000].Select(length => new string('x', length))));

    private static readonly Gen<string> Locals = Odd.Select(odd => "/d" + odd);
    private static readonly Gen<string> Remotes =
        Gen.Select(Pick("h:/", "h", "10.0.0.1:/x", "n@tcp0:/4fe1839b/cfs", "-h:/"), Odd, (start, odd) => start + odd);
    private static readonly Gen<string?> Options = Gen.Frequency(
        (2, Gen.Const((string?)null)), (2, Odd.Select(odd => (string?)odd)), (2, Pick<string?>("hard,timeo=600", "ro", "nosuid,nodev")));
    private static readonly Gen<string> Protocols = Pick("NFS 3.0", "NFS 4.0", "TURBO");

    [Fact]
    public void Any_CFS_storage_becomes_one_fstab_line_and_no_extra_argument()
    {
        Needs.Program("findmnt");
        var accepted = 0;
        Gen.Select(Locals, Remotes, Options, Protocols).Array[40].Sample(
            all =>
            {
                List<FstabEntry> entries = [];
                var fstab = FstabDocument.Parse(Before);
                foreach (var (local, remote, option, protocol) in all)
                {
                    if (Read(
                        "cfs", ("local_path", local), ("remote_path", remote), ("mount_option", option),
                        ("protocol", protocol)) is not CfsStorage storage)
                    {
                        continue;
                    }

                    var entry = CfsMount.ToFstabEntry(storage, FstabTexts.ClusterId, "0123456789ab");
                    Assert.Equal(
                        (LocalPath.Normalize(local), FstabTexts.ClusterId, "0123456789ab"),
                        (entry.MountPoint, entry.Cluster, entry.Machine));
                    Assert.DoesNotContain(entry.Options, char.IsWhiteSpace);

                    // Paths and the cluster id add no option: only the configured options and the agent's own are there.
                    var plain = CfsMount.ToFstabEntry(
                        storage with { LocalPath = "/plain", Server = "h", RemotePath = "/" }, FstabTexts.ClusterId, "0123456789ab");
                    Assert.Equal(plain.Options, entry.Options);
                    Assert.All(
                        (string[])[storage.Source, CfsMount.MountOptions(storage)], argument => Assert.False(argument.StartsWith('-')));

                    var next = fstab.Without(storage.LocalPath);
                    next = next.With(entry);
                    Assert.Equal(fstab.Without(storage.LocalPath).Lines.Count + 1, next.Lines.Count);
                    fstab = next;
                    entries.RemoveAll(old => old.MountPoint == entry.MountPoint);
                    entries.Add(entry);
                }

                Interlocked.Add(ref accepted, entries.Count);
                Assert.StartsWith(Before, fstab.Text, StringComparison.Ordinal);
                Assert.Equal(
                    entries.Select(entry => string.Join('\0', entry.Source, entry.MountPoint, entry.Type, entry.Options)),
                    ReadByLibmount(fstab.Text).Skip(1));
            },
            iter: 60,
            threads: 2);
        Assert.True(accepted > 30, $"only {accepted} were accepted: that proves little");
    }

    [Fact]
    public void Any_GooseFS_storage_becomes_one_unit_without_extra_lines_or_arguments()
    {
        var accepted = 0;
        var lines = new GooseFsUnit(new GooseFsStorage("/g", "/", ["h:9200"]), "/f", FstabTexts.ClusterId, null).Text.Split('\n').Length;
        var tame = Pick("a", "a/b", "a-b.c", "@x+y=z");
        Gen.Select(
            Gen.OneOf(Locals, tame.Select(name => "/" + name)), Gen.OneOf(Odd, tame).Select(odd => "/" + odd),
            Gen.OneOf(Pick("h:9200", "h:9200,i:9200"), Odd)).Sample(
            (local, remote, master) =>
            {
                if (Read("goosefs", ("local_path", local), ("remote_path", remote), ("masters", master)) is not GooseFsStorage storage)
                {
                    return;
                }

                Interlocked.Increment(ref accepted);
                var unit = new GooseFsUnit(storage, "/f", FstabTexts.ClusterId, null);
                Assert.Equal(unit, GooseFsUnit.Parse(unit.Text));
                Assert.Equal(lines, unit.Text.Split('\n').Length);
                Assert.Equal(
                    ["/f", "mount", storage.LocalPath, storage.RemotePath],
                    unit.Text.Split('\n').Single(line => line.StartsWith("ExecStart=", StringComparison.Ordinal))["ExecStart=".Length..]
                        .Split(' '));
                Assert.DoesNotContain(unit.Name, c => c is '/' or ' ' or '%');
                Assert.Equal(
                    storage.Masters.Count == 1 ? 2 : 1,
                    GooseFsProperties.With("", storage.Masters).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
            },
            iter: 3000);
        Assert.True(accepted > 100, $"only {accepted} were accepted: that proves little");
    }

    private static Storage? Read(string section, params (string Key, string? Value)[] values)
    {
        try
        {
            var keys =
                string.Concat(values.Where(pair => pair.Value is not null).Select(pair => $"{pair.Key} = {Configs.Quoted(pair.Value!)}\n"));
            return Configs.Load($"{Configs.Cluster}[[{section}]]\n{keys}").Config.Storage.Single();
        }
        catch (AgentException e) when (e.Code.Name == "CONFIG_INVALID")
        {
            return null;
        }
    }

    private static List<string> ReadByLibmount(string table)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, FstabTexts.ToBytes(table));
            using var process = Process.Start(new ProcessStartInfo(
                "findmnt", ["--fstab", "--tab-file", file, "--json", "--list", "--output", "SOURCE,TARGET,FSTYPE,OPTIONS"])
            {
                RedirectStandardOutput = true,
                StandardOutputEncoding = Encoding.UTF8,
                Environment = { ["LC_ALL"] = "C.UTF-8" },
            })!;
            using var json = System.Text.Json.JsonDocument.Parse(process.StandardOutput.ReadToEnd());
            return [.. json.RootElement.GetProperty("filesystems").EnumerateArray()
                .Select(item =>
                    string.Join(
                        '\0', ((string[])["source", "target", "fstype", "options"]).Select(key => item.GetProperty(key).GetString())))];
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static Gen<T> Pick<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);
}
