using System.Globalization;

namespace Thpc.NodeAgent.SystemTests.Host.Network;

/// <summary>Names that never resolve, with a silent name server; and names with two addresses.</summary>
public sealed class NameLookupTests
{
    // A machine with its own network. The name server logs the requested names, one per line, in $work.
    private const string Start = """
        work=$node/work; mkdir "$work"
        cat >"$node/machine.sh" <<'SH'
        ip link set lo up
        echo "nameserver 127.0.98.53" >"$work/resolv.conf"; mount --bind "$work/resolv.conf" /etc/resolv.conf
        printf 'hosts: files dns\n' >"$work/nsswitch.conf"; mount --bind "$work/nsswitch.conf" /etc/nsswitch.conf
        printf '127.0.0.1 localhost\n127.0.98.1 two.example\n127.0.98.2 two.example\n' >"$work/hosts"; mount --bind "$work/hosts" /etc/hosts
        coproc names { exec python3 -Suc '
        import socket, sys
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("127.0.98.53", 53))
        print("ready")
        while True:
            question = server.recv(512)
            at, labels = 12, []
            while question[at]:
                labels.append(question[at + 1:at + 1 + question[at]].decode()); at += 1 + question[at]
            open(sys.argv[1], "a").write(".".join(labels) + " " + str(question[at + 2]) + "\n")
        ' "$work/asked"; }
        read -r <&"${names[0]}"
        SH
        machine() { work=$work node=$node executable=$executable unshare --net --mount bash -c \
            "agent() { \"\$executable\" \"\$@\" --root \"\$node\" 2>>\"\$node/errors\"; }; . $node/machine.sh; $1; kill \$names_PID"; }

        """;

    [Fact]
    public async Task Forty_unresolvable_names_delay_neither_doctor_nor_bootstrap()
    {
        using var node = new TemporaryNode();
        node.Configure("[mount]\ntimeout = 5\nattempt_timeout = 5\nparallelism = 64\n");
        for (var i = 1; i <= 40; i++)
        {
            node.Configure($"[[cfs]]\nlocal_path = \"/data{i}\"\nremote_path = \"nfs{i}.example:/\"\n");
        }

        node.Configure("[[cfs]]\nlocal_path = \"/same\"\nremote_path = \"nfs1.example:/same\"\n[[init_script]]\nscript_path = "
            + "\"https://scripts.example/a.sh\"\non_failure = \"continue\"\ntimeout = 10\n");
        var output = await MountNamespace.RunAsync(node, Start + """
            machine '
            begin=${EPOCHREALTIME/./}; agent doctor >"$work/doctor"; echo "doctor $(((${EPOCHREALTIME/./} - begin) / 1000))"
            echo "asked $(sort "$work/asked" | uniq -c | sort -rn | head -n1 | tr -s " ")"; mv "$work/asked" "$work/asked-by-doctor"
            begin=${EPOCHREALTIME/./}; agent bootstrap >"$work/bootstrap"; echo "bootstrap $(((${EPOCHREALTIME/./} - begin) / 1000))"'
            cat "$work/doctor"; echo ---; grep "\"message\":" "$node/var/lib/thpc-node-agent/report.json"
            """);
        int Milliseconds(string command) =>
            int.Parse(
                output.Split('\n').First(line => line.StartsWith(command + " ", StringComparison.Ordinal))[(command.Length + 1)..],
                CultureInfo.InvariantCulture);
        Assert.InRange(Milliseconds("doctor"), 0, 6_000);
        Assert.InRange(Milliseconds("bootstrap"), 0, 30_000);
        Assert.Matches("(?m)^asked +1 ", output);

        // Space for it is reserved, so that a full disk does not keep it out.
        Assert.InRange(new FileInfo(node.On("/var/lib/thpc-node-agent/report.json")).Length, 40_000, 128 * 1024);
        var (doctor, report) = (output.Split("---")[0], output.Split("---")[1]);
        for (var i = 1; i <= 40; i++)
        {
            Assert.Contains(
                $"the name nfs{i}.example does not resolve: no answer from the name servers within 1 s", doctor, StringComparison.Ordinal);
            Assert.Contains($": the name nfs{i}.example does not resolve: no", report, StringComparison.Ordinal);
        }

        Assert.Contains(
            "the name scripts.example does not resolve: no answer from the name servers within 1.5 s", doctor, StringComparison.Ordinal);
        Assert.Contains("https://scripts.example/a.sh: the name scripts.example does not resolve: no", report, StringComparison.Ordinal);
        Assert.DoesNotContain("did not answer", output, StringComparison.Ordinal);
    }

    /// <summary>The first address refuses connections, or does not answer because its queue is full.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("dead = [socket.create_server(('127.0.98.1', port), backlog=0) for port in (2049, 8080)]; full = [socket.socket() for _ "
        + "in range(8)]; [(s.setblocking(False), s.connect_ex(('127.0.98.1', (2049, 8080)[i % 2]))) for i, s in enumerate(full)]; "
        + "time.sleep(0.2)")]
    public async Task Second_address_of_a_name_is_tried(string first)
    {
        using var node = new TemporaryNode();
        node.Configure("[mount]\ntimeout = 3\n[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"two.example:/\"\n[cos]\nendpoint = "
            + "\"http://two.example:8080\"\ncredentials = \"anonymous\"\n[[init_script]]\nscript_path = "
            + "\"cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/a.sh\"\n");
        node.Write("/server.py", $$"""
            import socket, sys, time, threading
            {{first}}
            nfs = socket.create_server(("127.0.98.2", 2049), backlog=64)
            web = socket.create_server(("127.0.98.2", 8080), backlog=64)
            def serve(server, answer):
                while True:
                    peer = server.accept()[0]
                    question = peer.recv(4096)
                    if question: peer.sendall(answer(question))
                    peer.close()
            threading.Thread(target=serve, args=(
                nfs, lambda q: bytes.fromhex("80000018") + q[4:8] + bytes.fromhex("0000000100000000000000000000000000000000")
            ), daemon=True).start()
            script = b"#!/bin/sh\n"
            threading.Thread(target=serve, args=(
                web, lambda q: b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(script)
                    + (b"" if q.startswith(b"HEAD") else script)
            ), daemon=True).start()
            print("ready", flush=True)
            sys.stdin.read()
            """);
        var output = await MountNamespace.RunAsync(node, Start + """
            machine '
            coproc servers { exec python3 -S "$node/server.py"; }
            read -r <&"${servers[0]}"
            echo "first $(getent ahosts two.example | grep -m1 -o "^[0-9.]*")"
            agent doctor'
            """);
        Assert.Contains("first 127.0.98.1\n", output, StringComparison.Ordinal);
        Assert.Matches("(?m)^ok    server .*two.example:2049 accepts within [0-9]+ ms, from 127.0.0.1, and serves NFS 3", output);
        Assert.Matches("(?m)^ok    cos .*by way of http://two.example:8080", output);
        Assert.Matches("(?m)^ok    script .*: 10 bytes", output);
    }

    [Fact]
    public async Task Doctor_probes_the_port_in_the_options()
    {
        using var node = new TemporaryNode();
        node.Configure("[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"127.0.98.4:/\"\nmount_option = \"mountport=7,port=20490\"\n"
            + "[mount]\ntimeout = 2\n");
        var output = await MountNamespace.RunAsync(node, Start + "machine 'agent doctor; agent bootstrap'");
        Assert.Matches("127.0.98.4 refused TCP 20490", output);
        Assert.Contains("mount 127.0.98.4:/ on /data: 127.0.98.4 refused TCP 20490", output, StringComparison.Ordinal);
    }
}
