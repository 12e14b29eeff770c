#!/usr/bin/env bash
# make-certs.sh DIR: certificates for the stand-in's TLS, each NAME.pem with its NAME.key.
#   ca           the private authority that signed all but self-signed
#   good         127.0.0.1, demo-1250000000.cos.ap-guangzhou.myqcloud.com and its backup domain
#   other-name   for another name            expired   good's names, ended yesterday
#   self-signed  good's names, signed by itself
set -euo pipefail

dir=${1:?usage: make-certs.sh DIR}
bucket=demo-1250000000.cos.ap-guangzhou
names=DNS:$bucket.myqcloud.com,DNS:$bucket.tencentcos.cn,IP:127.0.0.1
mkdir -p "$dir"
cd "$dir"

# request NAME: a key and a signing request
request() {
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$1" -keyout "$1.key" -out "$1.csr" 2>/dev/null
}

# extensions SAN
extensions() { printf 'basicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\nsubjectAltName=%s\n' "$1"; }

# self NAME DAYS EXTENSIONS: signs the request with its own key
self() {
    openssl x509 -req -in "$1.csr" -key "$1.key" -days "$2" -out "$1.pem" -extfile <(printf '%s\n' "$3") 2>/dev/null
}

# issue NAME SAN DAYS
issue() {
    request "$1"
    openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days "$3" -out "$1.pem" \
        -extfile <(extensions "$2") 2>/dev/null
}

request ca
self ca 3650 $'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign'
issue good "$names" 3650
issue other-name DNS:other-1250000000.cos.ap-guangzhou.myqcloud.com 3650
issue expired "$names" -1
request self-signed
self self-signed 3650 "$(extensions "$names")"
rm -f ./*.csr ca.srl
