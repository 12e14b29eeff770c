# shellcheck shell=bash source-path=SCRIPTDIR
# COS by HTTPS. Its authority is in the node's bundle among the public ones, as a cluster's own is.
. ./lib.sh
certificates=$results/certificates
/usr/local/lib/make-certs.sh "$certificates"
cp /etc/ssl/certs/ca-certificates.crt "$results/authorities"
cat "$certificates/ca.pem" >>/etc/ssl/certs/ca-certificates.crt

port=9440
for certificate in good other-name expired self-signed; do
    systemd-run --quiet --unit "cos-tls-$certificate" /usr/local/lib/cos_standin.py --root /srv/cos --port $port --secret-id boot-test-id --secret-key boot-test-key \
        --tls-cert "$certificates/$certificate.pem" --tls-key "$certificates/$certificate.key" --ready-file "/run/cos-tls-$certificate.ready"
    sed "s|endpoint = \"http://127.0.0.1:9000\"|endpoint = \"https://127.0.0.1:$port\"|" "$config" >"$results/$certificate.toml"
    port=$((port + 1))
done
for certificate in good other-name expired self-signed; do until_true test -e "/run/cos-tls-$certificate.ready"; done

fetches() { timeout 120 thpc-node-agent script check --config "$results/$1.toml"; }
check "a script comes from COS by HTTPS" fetches good
distrusted() { ! fetches "$1" >"$said" 2>&1 && contains "$said" COS_TLS; }
for certificate in other-name expired self-signed; do
    check "a certificate that is $certificate is not trusted" distrusted "$certificate"
done

systemctl stop 'cos-tls-*'
cp "$results/authorities" /etc/ssl/certs/ca-certificates.crt
