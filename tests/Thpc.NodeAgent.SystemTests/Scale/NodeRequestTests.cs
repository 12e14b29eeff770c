namespace Thpc.NodeAgent.SystemTests.Scale;

/// <summary>Counts what one node sends, for the simulation of thousands: the counts do not depend on the machine.</summary>
public sealed class NodeRequestTests
{
    private const string Bucket = "demo-1250000000.cos.ap-guangzhou.myqcloud.com";
    private const string Metadata = "metadata.tencentyun.com";

    // A network of its own, with a name server that counts, the metadata service on port 80 and COS on port 443.
    private const string Machine = """
        work=$node/work; mkdir -p "$work/bucket"
        cat >"$node/machine.sh" <<'SH'
        ip link set lo up
        [ -z "$ipv6" ] || ip -6 address add fd00::1/128 dev lo nodad
        echo "nameserver 127.0.98.53" >"$work/resolv.conf"; mount --bind "$work/resolv.conf" /etc/resolv.conf
        printf 'hosts: files dns\n' >"$work/nsswitch.conf"; mount --bind "$work/nsswitch.conf" /etc/nsswitch.conf
        printf '#!/bin/sh\n' >"$work/bucket/a.sh"
        echo '{"instance-id": "ins-1", "roles": {"r": {"secret_id": "i", "secret_key": "k", "token": "t"}}}' >"$work/metadata.json"
        coproc names { exec python3 -Suc '
        import socket, sys
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("127.0.98.53", 53))
        print("ready")
        while True:
            query, peer = server.recvfrom(512)
            at, labels = 12, []
            while query[at]:
                labels.append(query[at + 1:at + 1 + query[at]].decode()); at += 1 + query[at]
            kind, end = query[at + 2], at + 5
            open(sys.argv[1], "a").write("name %s %s\n" % (".".join(labels), kind))
            answer = b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\x7f\0\0\x01" if kind == 1 else b""
            server.sendto(query[:2] + b"\x81\x80\0\x01\0" + bytes([len(answer) > 0]) + bytes(4) + query[12:end] + answer, peer)
        ' "$work/requests"; }
        read -r <&"${names[0]}"
        standin() { # PORT OPTION…
            python3 "$cos" --root "$work/bucket" --port "$1" --ready-file "$work/ready-$1" --log "$work/log-$1" "${@:2}" \
                >"$work/out-$1" 2>&1 &
        }
        standin 443 --tls-cert "$certificates/good.pem" --tls-key "$certificates/good.key" --secret-id i --secret-key k --token t
        standin 80 --metadata "$work/metadata.json"
        until [ -e "$work/ready-80" ] && [ -e "$work/ready-443" ]; do sleep 0.05; done
        export SSL_CERT_FILE=$certificates/ca.pem
        strace -f -qq -e trace=connect -e signal=none -o "$work/trace" "$executable" bootstrap --root "$node" >"$work/out" 2>&1 ||
            cat "$work/out"
        SH
        work=$work node=$node executable=$executable certificates=$certificates cos=$cos ipv6=$ipv6 \
            unshare --net --mount --pid --fork --kill-child --mount-proc bash -c '. $node/machine.sh'
        sort "$work/requests"
        grep -ho '"path": "[^"]*"' "$work/log-80" "$work/log-443"
        echo "connections $(grep -c 'AF_INET.*htons(\(80\|443\))' "$work/trace")"
        """;

    /// <summary>One more query for each name where the node has an IPv6 address.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Bootstrap_with_role_and_script_sends_few_requests(bool ipv6)
    {
        Needs.Program("strace");
        using var node = new TemporaryNode();
        node.Write("/etc/thpc/node-agent.toml", $"""
            [cluster]
            id = "hpc-8hje8h12"
            node_role = "COMPUTE"
            [cos]
            credentials = "role"
            [[init_script]]
            script_path = "cos://{Bucket}/a.sh"
            """);
        var output = await MountNamespace.RunAsync(
            node,
            $"certificates='{CosStandin.Certificates}' cos='{Repository.Root}/tests/cos-standin/cos_standin.py' ipv6={(ipv6 ? "1" : "")}\n"
                + Machine);
        string[] names = [Bucket, Metadata];
        string[] expected =
        [
            .. names.SelectMany(name => ipv6 ? [$"name {name} 1", $"name {name} 28"] : new[] { $"name {name} 1" }),
            "\"path\": \"/latest/meta-data/instance-id\"",
            "\"path\": \"/latest/meta-data/cam/security-credentials/\"",
            "\"path\": \"/latest/meta-data/cam/security-credentials/r\"",
            "\"path\": \"/a.sh\"",
            "connections 2",
        ];
        Assert.Equal(expected, output.Trim().Split('\n'));
        Assert.Equal(
            ipv6 ? 2 : NodeRequests.QueriesOfName, expected.Count(line => line.StartsWith($"name {Bucket}", StringComparison.Ordinal)));
        Assert.Equal(
            NodeRequests.MetadataForInstanceId + NodeRequests.MetadataForRole,
            expected.Count(line => line.Contains("meta-data", StringComparison.Ordinal)));
        Assert.Equal(NodeRequests.CosForScript, expected.Count(line => line.Contains("a.sh", StringComparison.Ordinal)));
    }
}
