#!/usr/bin/env python3
"""A stand-in for Tencent COS, and for the instance metadata service, for tests.

    cos_standin.py --root DIR [--address IP] [--port N] [--secret-id ID --secret-key KEY [--token T]]
                   [--tls-cert PEM --tls-key PEM] [--metadata FILE.json]
                   [--allow N] [--ahead SECONDS] [--ready-file FILE] [--log FILE] [--end-with-stdin]

Listens on 127.0.0.1, or that address, and serves GET and HEAD of DIR/<decoded key> for any Host. With --secret-id every
request needs a valid v5 signature; the check here shares no code with the agent and is stricter than necessary:
each header of x-cos-* and each query parameter that was sent must be signed. At start it checks the published
examples; it exits with 3 if one fails.

The key selects a fault, and the signature covers that whole path: /_fault/<fault>/<real key>

    503 500 429 403 404   that error; slow-down: a 503 SlowDown; no-request-id-503: one as from a proxy in front of COS
    truncated             Content-Length of the whole object, half the body, then a close
    reset                 the same, ended by a TCP reset
    wrong-crc  no-crc     x-cos-hash-crc64ecma wrong, absent
    redirect              302 to /_redirected/<real key>, which serves it unsigned: the log shows who followed
    endless               chunks without end        too-large   declares (and would send) 17 MiB
    slow                  one byte a second         hang        accepts the request, never answers
    no-length             neither length nor chunks nor CRC: the body ends with the connection; crc-alone: the same with the CRC
    expired-token         the error for an expired temporary credential

With the suffix -xN (503-x2, truncated-x1) only the first N requests of that path get the fault. HEAD gets only the
plain errors.

--allow serves N requests a second, and at most N at once; above that, it answers 503 SlowDown and 429 alternately.

--metadata serves /latest/meta-data/ from a JSON object, read again at each request. A name is a path
("instance-id", "placement/region"), its value the answer. Three names are special:
    "roles"   {"<role>": {"secret_id", "secret_key", "token", "expires_in": seconds, "code": "Success", "message"}}
    "status"  answer everything with this HTTP status        "delay"  seconds before every answer
    "times"   number of requests for which status and delay apply
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import os
import re
import signal
import socket
import socketserver
import struct
import sys
import threading
import time
from html import escape
from urllib.parse import quote, unquote_to_bytes

Pairs = "list[tuple[bytes, bytes]]"
METADATA = "/latest/meta-data"
FAULTS = ["503", "slow-down", "500", "429", "403", "404", "no-request-id-503", "truncated", "reset", "wrong-crc", "no-crc", "redirect",
          "endless", "too-large", "slow", "hang", "no-length", "crc-alone", "expired-token"]
ERRORS = {
    "403": (403, "AccessDenied", "Access Denied."),
    "404": (404, "NoSuchKey", "The specified key does not exist."),
    "429": (429, "TooManyRequests", "Please reduce your request rate."),
    "500": (500, "InternalError", "We encountered an internal error. Please try again."),
    "503": (503, "ServiceUnavailable", "The service is unavailable. Please try again later."),
    "slow-down": (503, "SlowDown", "Please reduce your request rate."),
    "expired-token": (403, "ExpiredToken", "The provided token has expired."),
}
REASONS = {200: "OK", 302: "Found", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
           429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable"}


class Refused(Exception):
    """A COS error answer."""

    def __init__(self, status: int, code: str, message: str, details: dict[str, str] | None = None):
        super().__init__(message)
        self.status, self.code, self.message, self.details = status, code, message, details or {}


# --- the v5 signature ------------------------------------------------------------------------------------------------

def encode(value: bytes) -> str:
    return quote(value, safe="")  # leaves A-Za-z0-9-_.~ as they are, upper-case hex: as COS requires


def encode_name(name: bytes) -> str:
    return encode(name).lower()


def names(pairs: Pairs) -> str:
    return ";".join(sorted(encode_name(name) for name, _ in pairs))


def canonical(pairs: Pairs) -> str:
    encoded = [(encode_name(name), encode(value)) for name, value in pairs]
    return "&".join(f"{name}={value}" for name, value in sorted(encoded))


def http_string(method: str, path: bytes, params: Pairs, headers: Pairs) -> bytes:
    return b"%s\n%s\n%s\n%s\n" % (method.lower().encode(), path, canonical(params).encode(), canonical(headers).encode())


def hmac_sha1(key: str, text: str) -> str:
    return hmac.new(key.encode(), text.encode(), hashlib.sha1).hexdigest()


def string_to_sign(key_time: str, text: bytes) -> str:
    return f"sha1\n{key_time}\n{hashlib.sha1(text).hexdigest()}\n"


def sign(secret_key: str, key_time: str, text: bytes) -> str:
    return hmac_sha1(hmac_sha1(secret_key, key_time), string_to_sign(key_time, text))


class Credentials:
    def __init__(self, secret_id: str, secret_key: str, token: str | None, ahead: int = 0):
        self.secret_id, self.secret_key, self.token, self.ahead = secret_id, secret_key, token, ahead

    def check(self, method: str, path: bytes, params: Pairs, headers: Pairs) -> None:
        """Raises Refused unless the Authorization header is right for this request, now."""
        sent = [value for name, value in headers if name == b"authorization"]
        if len(sent) != 1:
            raise Refused(403, "AccessDenied", "Access Denied.")
        fields = [part.partition("=")[::2] for part in sent[0].decode("latin-1").split("&")]
        auth = dict(fields)
        wanted = {"q-sign-algorithm", "q-ak", "q-sign-time", "q-key-time", "q-header-list", "q-url-param-list", "q-signature"}
        if len(fields) != len(wanted) or set(auth) != wanted:
            raise Refused(403, "AccessDenied", "Authorization must have each of these once: " + " ".join(sorted(wanted)))
        if auth["q-sign-algorithm"] != "sha1":
            raise Refused(403, "AccessDenied", "q-sign-algorithm must be sha1")
        if auth["q-ak"] != self.secret_id:
            raise Refused(403, "InvalidAccessKeyId", "The Access Key Id you provided does not exist in our records.")

        if auth["q-sign-time"] != auth["q-key-time"]:
            raise Refused(403, "AccessDenied", "q-sign-time and q-key-time must be equal")
        window = re.fullmatch(r"(\d{1,12});(\d{1,12})", auth["q-key-time"], re.ASCII)
        if not window:
            raise Refused(403, "AccessDenied", "q-key-time must be <start>;<end>")
        start, end, now = int(window[1]), int(window[2]), int(time.time()) + self.ahead
        if start > now:
            raise Refused(403, "RequestTimeTooSkewed",
                          "The difference between the request time and the current time is too large.")
        if end <= now:
            raise Refused(403, "AccessDenied", "Request has expired")

        if auth["q-url-param-list"] != names(params):
            raise Refused(403, "AccessDenied", f"q-url-param-list must be '{names(params)}': all that were sent, sorted")
        listed = auth["q-header-list"].split(";")
        if listed != sorted(set(listed)):
            raise Refused(403, "AccessDenied", "q-header-list must be lower-case, sorted and without repetition")
        signed = [(name, value) for name, value in headers if encode_name(name) in listed]
        absent = set(listed) - {encode_name(name) for name, _ in signed}
        if absent:
            raise Refused(403, "AccessDenied", f"q-header-list names what was not sent: {' '.join(sorted(absent))}")
        for name, _ in headers:
            if (name == b"host" or name.startswith(b"x-cos-")) and encode_name(name) not in listed:
                raise Refused(403, "AccessDenied", f"q-header-list must contain {name.decode('latin-1')}")
        if self.token is not None and (b"x-cos-security-token", self.token.encode()) not in headers:
            raise Refused(403, "AccessDenied", "x-cos-security-token is missing or wrong")

        text = http_string(method, path, params, signed)
        if auth["q-signature"] != sign(self.secret_key, auth["q-key-time"], text):
            raise Refused(403, "SignatureDoesNotMatch",
                          "The Signature you specified is invalid.",
                          {"StringToSign": string_to_sign(auth["q-key-time"], text), "FormatString": text.decode("utf-8", "replace")})


# --- CRC-64/XZ -------------------------------------------------------------------------------------------------------

def crc_table() -> list[int]:
    table = []
    for crc in range(256):
        for _ in range(8):
            crc = (crc >> 1) ^ (0xC96C5795D7870F42 if crc & 1 else 0)
        table.append(crc)
    return table


CRC_TABLE = crc_table()


def crc64(data: bytes) -> int:
    crc = 0xFFFFFFFFFFFFFFFF
    for byte in data:
        crc = CRC_TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFFFFFFFFFF


# --- the published examples ------------------------------------------------------------------------------------------

def check_vectors() -> None:
    """Raises AssertionError if an example of Tencent's documents fails."""
    key = "BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz"
    path = "/exampleobject(腾讯云)".encode()
    host = (b"host", b"examplebucket-1250000000.cos.ap-beijing.myqcloud.com")
    vectors = [
        ("download", key, "1557989753;1557996953",
         http_string("GET", path,
                     [(b"response-content-type", b"application/octet-stream"), (b"response-cache-control", b"max-age=600")],
                     [(b"Date", b"Thu, 16 May 2019 06:55:53 GMT"), host]),
         "54ecfe22f59d3514fdc764b87a32d8133ea611e6", "01681b8c9d798a678e43b685a9f1bba0f6c0e012"),
        ("upload", key, "1557989151;1557996351",
         http_string("PUT", path, [],
                     [(b"Date", b"Thu, 16 May 2019 06:45:51 GMT"), (b"Content-Type", b"text/plain"), (b"Content-Length", b"13"),
                      (b"Content-MD5", b"mQ/fVh815F3k6TAUm8m0eg=="), (b"x-cos-acl", b"private"),
                      (b"x-cos-grant-read", b'uin="100000000011"'), host]),
         "8b2751e77f43a0995d6e9eb9477f4b685cca4172", "3b8851a11a569213c17ba8fa7dcf2abec6935172"),
        ("metadata headers", "AKIDZfbOA78asKUYBcXFrJD0a1ICvR98JM", "1480932292;1481012292",
         http_string("PUT", b"/testfile2", [],
                     [(b"host", b"testbucket-125000000.cos.ap-guangzhou.myqcloud.com"), (b"x-cos-stroage-class", b"nearline"),
                      (b"x-cos-content-sha1", b"db8ac1c259eb89d4a131b253bacfca5f319d54f2")]),
         None, "ce4ac0ecbcdb30538b3fee0a97cc6389694ce53a"),
    ]
    for name, secret_key, key_time, text, digest, signature in vectors:
        assert digest in (None, hashlib.sha1(text).hexdigest()), f"{name}: SHA1 of HttpString"
        assert sign(secret_key, key_time, text) == signature, f"{name}: signature"
    for data, crc in [(b"123456789", 11051210869376104954), (b"", 0), (b"hello", 11177612005948864433)]:
        assert crc64(data) == crc, f"CRC-64 of {data!r}"


# --- the server ------------------------------------------------------------------------------------------------------

class Rate:
    """Limits the requests a second, and as many at once."""

    def __init__(self, allow: int):
        self.allow, self.lock, self.tokens, self.before, self.refused = allow, threading.Lock(), float(allow), time.monotonic(), 0

    def enter(self) -> None:
        """Raises Refused above the limit."""
        with self.lock:
            now = time.monotonic()
            self.tokens = min(self.allow, self.tokens + (now - self.before) * self.allow)
            self.before = now
            if self.tokens < 1:
                self.refused += 1
                raise Refused(*ERRORS["slow-down" if self.refused % 2 else "429"])
            self.tokens -= 1


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, args: argparse.Namespace):
        self.address_family = socket.AF_INET6 if ":" in args.address else socket.AF_INET
        super().__init__((args.address, args.port), Connection)
        self.root = os.path.realpath(os.fsencode(args.root))
        self.metadata, self.asked, self.ahead = args.metadata, 0, args.ahead
        self.credentials = Credentials(args.secret_id, args.secret_key, args.token, args.ahead) if args.secret_id else None
        self.log_file = open(args.log, "a", encoding="utf-8") if args.log else None
        self.tls = None
        if args.tls_cert:
            import ssl  # imported here, because it would double the time to start
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(args.tls_cert, args.tls_key)
        address = f"[{args.address}]" if ":" in args.address else args.address
        self.url = f"{'https' if self.tls else 'http'}://{address}:{self.server_address[1]}"
        self.lock = threading.Lock()
        self.seen: dict[bytes, int] = {}  # requests of each path that has a counted fault
        self.requests = 0
        self.rate = Rate(args.allow) if args.allow else None
        self.crcs: dict[tuple[bytes, int, int], int] = {}

    def get_request(self):
        connection, address = super().get_request()
        if self.tls:  # the handshake happens at the first read, in the connection's own thread
            connection = self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], OSError):  # a client may close the connection at any time
            super().handle_error(request, client_address)

    def log(self, **entry: object) -> None:
        if self.log_file:
            with self.lock:
                self.log_file.write(json.dumps(entry) + "\n")
                self.log_file.flush()

    def object(self, key: bytes) -> tuple[bytes, int]:
        """The content and CRC of a file under the root."""
        not_found = Refused(*ERRORS["404"])
        if b"\0" in key:
            raise not_found
        path = os.path.realpath(self.root + b"/" + key)
        if not path.startswith(self.root + b"/") or not os.path.isfile(path):
            raise not_found
        with open(path, "rb") as file:
            content = file.read()
            identity = (path, os.fstat(file.fileno()).st_mtime_ns, len(content))
        if identity not in self.crcs:
            self.crcs[identity] = crc64(content)
        return content, self.crcs[identity]


class Connection(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    server: Server

    def handle(self) -> None:
        while self.one_request():
            pass

    def one_request(self) -> bool:
        """Reads a request and answers it; returns whether the connection stays open."""
        line = self.rfile.readline(65536).split()
        if len(line) != 3:
            return False
        self.method, self.target = line[0].decode("latin-1"), line[1].decode("latin-1")
        self.headers = []
        while (header := self.rfile.readline(65536)) not in (b"\r\n", b"\n", b""):
            name, _, value = header.partition(b":")
            self.headers.append((name.lower(), value.strip()))
        self.host = dict(self.headers).get(b"host", b"").decode("latin-1")
        self.fault: str | None = None
        self.signed: bool | None = None  # null in the log: nothing was checked
        with self.server.lock:
            self.server.requests += 1
            self.request_id = f"{self.server.requests:016x}"

        raw_path, _, query = self.target.partition("?")
        path = unquote_to_bytes(raw_path.replace("+", " "))  # as COS takes a bare one (PicGo's issue 638)
        try:
            if self.server.metadata and (raw_path + "/").startswith(METADATA + "/"):
                return self.answer_metadata(raw_path[len(METADATA):].strip("/"))
            if self.method not in ("GET", "HEAD"):
                raise Refused(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
            if self.server.rate:
                self.server.rate.enter()
            if path.startswith(b"/_redirected/"):
                self.fault = "redirected"
                return self.answer_object(*self.server.object(path[len(b"/_redirected/"):]))
            self.check_signature(path, query)
            return self.answer_key(path)
        except Refused as refused:
            return self.answer_error(refused)

    def check_signature(self, path: bytes, query: str) -> None:
        if not self.server.credentials:
            return
        params = [tuple(map(unquote_to_bytes, part.partition("=")[::2])) for part in query.split("&") if part]
        self.signed = False
        self.server.credentials.check(self.method, path, params, self.headers)
        self.signed = True

    def answer_key(self, path: bytes) -> bool:
        if not path.startswith(b"/_fault/"):
            return self.answer_object(*self.server.object(path[1:]))

        name, _, key = path[len(b"/_fault/"):].partition(b"/")
        match = re.fullmatch(r"(.+?)(?:-x(\d+))?", name.decode("latin-1"))
        if not match or match[1] not in FAULTS:
            raise Refused(400, "InvalidArgument", "no such fault: " + name.decode("latin-1"))
        if self.method == "HEAD" and match[1] not in ERRORS:
            return self.answer_object(*self.server.object(key))
        if match[2]:
            with self.server.lock:
                self.server.seen[path] = count = self.server.seen.get(path, 0) + 1
            if count > int(match[2]):
                return self.answer_object(*self.server.object(key))
        self.fault = match[1]
        return self.misbehave(self.fault, key)

    def misbehave(self, fault: str, key: bytes) -> bool:
        if fault in ERRORS:
            raise Refused(*ERRORS[fault])
        if fault == "no-request-id-503":
            return self.answer(503, {"Server": "gateway", "Content-Type": "text/plain"}, b"no healthy upstream\n")
        if fault == "redirect":
            location = f"{self.server.url}/_redirected/{quote(key)}"
            return self.answer(302, {**self.cos_headers(), "Location": location}, b"")
        if fault == "hang":
            self.note(0)
            self.rfile.read(1)  # until the peer closes
            return False
        if fault == "endless":
            self.start(200, {**self.cos_headers(), "Transfer-Encoding": "chunked"})
            chunk = b"#" * 65536
            while True:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        if fault == "too-large":
            self.start(200, {**self.cos_headers(), "Content-Length": str(17 << 20)})
            for _ in range(17):
                self.wfile.write(b"#" * (1 << 20))
            return False

        content, crc = self.server.object(key)
        if fault == "no-crc":
            return self.answer_object(content, None)
        if fault == "wrong-crc":
            return self.answer_object(content, crc ^ 1)
        headers = self.object_headers(content, crc)
        if fault in ("no-length", "crc-alone"):
            del headers["Content-Length"]
            if fault == "no-length":
                del headers["x-cos-hash-crc64ecma"]
            self.start(200, {**headers, "Connection": "close"}, content)
            return False
        self.start(200, headers)
        if fault == "slow":
            for i in range(len(content)):
                time.sleep(1)
                self.wfile.write(content[i:i + 1])
            return True
        self.wfile.write(content[:len(content) // 2])  # truncated, reset
        if fault == "reset":
            time.sleep(0.05)  # otherwise the reset overtakes the data
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self.connection.detach())  # at once: the server's own orderly shutdown would send FIN first
        return False

    def cos_headers(self) -> dict[str, str]:
        return {"Server": "tencent-cos", "x-cos-request-id": self.request_id}

    def object_headers(self, content: bytes, crc: int | None) -> dict[str, str]:
        headers = {**self.cos_headers(), "Content-Type": "application/octet-stream", "Content-Length": str(len(content)),
                   "ETag": f'"{hashlib.sha1(content).hexdigest()}-1"'}  # of a multipart upload: no MD5
        if crc is not None:
            headers["x-cos-hash-crc64ecma"] = str(crc)
        return headers

    def answer_object(self, content: bytes, crc: int | None) -> bool:
        return self.answer(200, self.object_headers(content, crc), content)

    def answer_error(self, error: Refused) -> bool:
        trace = "VFJBQ0U="
        elements = {"Code": error.code, "Message": error.message, "Resource": f"{self.host}{self.target}",
                    "RequestId": self.request_id, "TraceId": trace, **error.details}
        xml = "".join(f"\t<{name}>{escape(value, quote=False)}</{name}>\n" for name, value in elements.items())
        body = f"<?xml version='1.0' encoding='utf-8' ?>\n<Error>\n{xml}</Error>\n".encode()
        return self.answer(error.status, {**self.cos_headers(), "x-cos-trace-id": trace, "Content-Type": "application/xml"}, body)

    def answer_metadata(self, name: str) -> bool:
        with open(self.server.metadata, encoding="utf-8") as file:
            data = json.load(file)
        self.server.asked += 1
        fails = self.server.asked <= data.get("times", self.server.asked)
        time.sleep(data.get("delay", 0) if fails else 0)
        status, text = data.get("status", 200) if fails else 200, None
        roles = data.get("roles", {})
        if name == "cam/security-credentials" and roles:
            text = "\n".join(roles)
        elif name.startswith("cam/security-credentials/") and name.split("/", 2)[2] in roles:
            role = roles[name.split("/", 2)[2]]
            expires = int(time.time()) + role.get("expires_in", 1800)
            text = json.dumps({"TmpSecretId": role.get("secret_id"), "TmpSecretKey": role.get("secret_key"),
                               "Token": role.get("token"), "ExpiredTime": expires,
                               "Expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(expires)),
                               "Code": role.get("code", "Success"), **({"Message": role["message"]} if "message" in role else {})})
        elif isinstance(data.get(name), str):
            text = data[name]
        if text is None or status != 200:
            return self.answer(404 if text is None and status == 200 else status, {"Content-Type": "text/html"},
                               b"<html>metadata error</html>\n")
        return self.answer(200, {"Content-Type": "text/plain"}, text.encode())

    def answer(self, status: int, headers: dict[str, str], body: bytes) -> bool:
        self.start(status, {**headers, "Content-Length": str(len(body))}, b"" if self.method == "HEAD" else body)
        return (b"connection", b"close") not in self.headers and status != 405  # a 405 may have a body, which stays unread

    def start(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.note(status)
        date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + self.server.ahead))
        lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Unknown')}", f"Date: {date}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.wfile.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)

    def note(self, status: int) -> None:
        """Writes the log line before the answer, so that a client with the answer finds the line."""
        self.server.log(time=round(time.time(), 3), method=self.method, host=self.host, path=self.target, status=status,
                        signed=self.signed, fault=self.fault)


# --- start and end ---------------------------------------------------------------------------------------------------

def end_with_stdin() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", required=True, metavar="DIR", help="the bucket: a key is a path under it")
    parser.add_argument("--address", default="127.0.0.1", metavar="IP", help="to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--secret-id", metavar="ID", help="require requests signed by this id")
    parser.add_argument("--secret-key", metavar="KEY")
    parser.add_argument("--token", help="require this x-cos-security-token as well")
    parser.add_argument("--tls-cert", metavar="PEM", help="serve HTTPS")
    parser.add_argument("--tls-key", metavar="PEM")
    parser.add_argument("--metadata", metavar="JSON", help="serve the metadata service from this file too")
    parser.add_argument("--ahead", type=int, default=0, metavar="SECONDS", help="its clock is so much ahead of this machine's")
    parser.add_argument("--allow", type=int, default=0, metavar="N", help="so many requests a second")
    parser.add_argument("--ready-file", metavar="FILE", help="write the URL here when listening")
    parser.add_argument("--log", metavar="FILE", help="append one JSON line per request")
    parser.add_argument("--end-with-stdin", action="store_true", help="exit when standard input ends")
    args = parser.parse_args()
    if bool(args.secret_id) != bool(args.secret_key) or (args.token and not args.secret_id):
        parser.error("--secret-id and --secret-key go together, --token only with them")
    if bool(args.tls_cert) != bool(args.tls_key):
        parser.error("--tls-cert and --tls-key go together")

    try:
        check_vectors()
    except AssertionError as error:
        print(f"cos_standin: a published example does not hold: {error}", file=sys.stderr)
        return 3

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))
    if args.end_with_stdin:
        threading.Thread(target=end_with_stdin, daemon=True).start()
    server = Server(args)
    if args.ready_file:
        with open(args.ready_file + ".tmp", "w", encoding="utf-8") as file:
            file.write(server.url + "\n")
        os.replace(args.ready_file + ".tmp", args.ready_file)
    print(server.url, flush=True)
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
