#!/usr/bin/env python3
"""Tests the stand-in: it accepts the vendor's signatures, refuses every changed one, and produces every fault.

Needs node, openssl and `npm ci --ignore-scripts` in ../vendor-sdk.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest
from urllib.parse import quote, urlencode

import cos_standin

HERE = os.path.dirname(os.path.abspath(__file__))
HOST = "demo-1250000000.cos.ap-guangzhou.myqcloud.com"
SECRET_ID, SECRET_KEY, TOKEN = "AKIDexample", "secretexample", "tokenexample"
SCRIPT = b"#!/bin/sh\necho hello\n"
KEY = "/test/回声 (1)!.sh"


def start(test: type[unittest.TestCase] | unittest.TestCase, *options: str) -> tuple[str, int]:
    """Starts a stand-in that ends with the test; returns its address."""
    process = subprocess.Popen([sys.executable, os.path.join(HERE, "cos_standin.py"), "--end-with-stdin", *options],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    url = process.stdout.readline().strip()

    def stop():
        process.stdin.close()
        process.wait(5)
        process.stdout.close()
    (test.addClassCleanup if isinstance(test, type) else test.addCleanup)(stop)
    return "127.0.0.1", int(url.rpartition(":")[2])


class Answer:
    def __init__(self, response: http.client.HTTPResponse, body: bytes, error: Exception | None):
        self.status, self.headers, self.body, self.error = response.status, response.headers, body, error

    @property
    def code(self) -> str:
        return self.body.partition(b"<Code>")[2].partition(b"</Code>")[0].decode()


def ask(address: tuple[str, int], target: str, headers: dict[str, str] | None = None, method: str = "GET") -> Answer:
    connection = http.client.HTTPConnection(*address, timeout=3)
    connection.request(method, target, headers={"Host": HOST, **(headers or {})})
    response = connection.getresponse()
    body, error = b"", None
    try:
        while len(body) < 20 << 20 and (part := response.read1(1 << 20)):
            body += part
    except (http.client.HTTPException, OSError) as caught:
        error = caught
    connection.close()
    return Answer(response, body, error)


class Signed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not os.path.isdir(os.path.join(HERE, "../vendor-sdk/node_modules")):
            raise RuntimeError("the vendor's SDK is missing: npm ci --ignore-scripts in tests/vendor-sdk")
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        root = directory.name
        os.makedirs(root + "/test")
        with open(root + KEY, "wb") as file:
            file.write(SCRIPT)
        cls.log = root + "/log"
        cls.address = start(cls, "--root", root, "--secret-id", SECRET_ID, "--secret-key", SECRET_KEY, "--token", TOKEN,
                            "--log", cls.log)
        cls.signer = subprocess.Popen(["node", os.path.join(HERE, "../vendor-sdk/sign.js")],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        cls.addClassCleanup(cls.signer.communicate)

    def vendor(self, path: str, query: dict[str, str] | None = None, headers: dict[str, str] | None = None,
               begins: int = -5, ends: int = 600, **changes: str) -> str:
        now = int(time.time())
        request = {"secretId": SECRET_ID, "secretKey": SECRET_KEY, "method": "GET", "pathname": path, "query": query or {},
                   "headers": {"host": HOST, "x-cos-security-token": TOKEN} if headers is None else headers,
                   "keyTime": f"{now + begins};{now + ends}", **changes}
        self.signer.stdin.write(json.dumps(request) + "\n")
        self.signer.stdin.flush()
        return self.signer.stdout.readline().strip()

    def ask(self, authorization: str, path: str = KEY, query: dict[str, str] | None = None, **headers: str) -> Answer:
        target = quote(path) + ("?" + urlencode(query, quote_via=quote) if query else "")
        sent = {"x-cos-security-token": TOKEN, **headers, "Authorization": authorization}
        return ask(self.address, target, sent)

    def refused(self, code: str, answer: Answer) -> None:
        self.assertEqual((403, code), (answer.status, answer.code), answer.body)

    def test_the_vendors_signature_is_accepted(self):
        query = {"response-content-type": "text/plain; a=ü", "versionId": "", "odd!'()*": "~ +&"}
        headers = {"host": HOST, "x-cos-security-token": TOKEN, "x-cos-meta-odd": "a (b)'!*", "Range": "bytes=0-"}
        answer = self.ask(self.vendor(KEY, query, headers), KEY, query, **{k: headers[k] for k in ("x-cos-meta-odd", "Range")})
        self.assertEqual((200, SCRIPT), (answer.status, answer.body))
        self.assertEqual(str(cos_standin.crc64(SCRIPT)), answer.headers["x-cos-hash-crc64ecma"])
        for name in ("Content-Length", "ETag", "x-cos-request-id", "Date"):
            self.assertIn(name, answer.headers)
        with open(self.log, encoding="utf-8") as log:
            last = json.loads(log.readlines()[-1])
        self.assertEqual(("GET", HOST, 200, True), tuple(last[name] for name in ("method", "host", "status", "signed")))

    def test_a_changed_character_is_refused(self):
        good = self.vendor(KEY)
        changed = good[:-1] + ("0" if good[-1] != "0" else "1")
        self.refused("SignatureDoesNotMatch", self.ask(changed))
        self.refused("SignatureDoesNotMatch", self.ask(self.vendor(KEY + "x")))
        self.refused("SignatureDoesNotMatch", self.ask(self.vendor(KEY, secretKey="other")))
        self.refused("InvalidAccessKeyId", self.ask(self.vendor(KEY, secretId="other")))
        self.assertEqual(200, self.ask(good).status)

    def test_time_is_held_to_the_clock(self):
        self.refused("RequestTimeTooSkewed", self.ask(self.vendor(KEY, begins=60)))
        expired = self.ask(self.vendor(KEY, begins=-600, ends=-1))
        self.refused("AccessDenied", expired)
        self.assertIn(b"Request has expired", expired.body)

    def test_what_must_be_signed(self):
        good = self.vendor(KEY)
        self.refused("AccessDenied", ask(self.address, quote(KEY)))
        self.refused("AccessDenied", self.ask(good.replace("sha1", "sha256", 1)))
        self.refused("AccessDenied", self.ask(good.replace("&q-url-param-list=", "")))
        self.refused("AccessDenied", self.ask(self.vendor(KEY, headers={"x-cos-security-token": TOKEN})))  # no host
        self.refused("AccessDenied", self.ask(self.vendor(KEY, headers={"host": HOST})))  # token sent, but not signed
        self.refused("AccessDenied", self.ask(good, **{"x-cos-meta-a": "1"}))
        self.refused("AccessDenied", self.ask(good, query={"a": "1"}))
        other = {"host": HOST, "x-cos-security-token": "other"}
        self.refused("AccessDenied", self.ask(self.vendor(KEY, headers=other), **{"x-cos-security-token": "other"}))

    def test_a_missing_key_is_not_found_and_faults_are_signed_too(self):
        for path in ("/absent", "/../etc/passwd", "/test"):
            answer = self.ask(self.vendor(path), path)
            self.assertEqual((404, "NoSuchKey"), (answer.status, answer.code))
        path = "/_fault/503" + KEY
        self.assertEqual(503, self.ask(self.vendor(path), path).status)
        self.refused("SignatureDoesNotMatch", self.ask(self.vendor(KEY), path))


class Faults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.dir = directory.name
        with open(cls.dir + "/echo.sh", "wb") as file:
            file.write(SCRIPT)
        cls.address = start(cls, "--root", cls.dir, "--log", cls.dir + "/log")

    def fault(self, name: str, method: str = "GET") -> Answer:
        return ask(self.address, f"/_fault/{name}/echo.sh", method=method)

    def test_plain_errors(self):
        for name in ("503", "500", "429", "403", "404", "slow-down"):
            for _ in range(3):
                answer = self.fault(name)
                self.assertEqual(503 if name == "slow-down" else int(name), answer.status)
                self.assertIn("x-cos-request-id", answer.headers)
                self.assertIn("x-cos-trace-id", answer.headers)
                for element in (b"Code", b"Message", b"Resource", b"RequestId", b"TraceId"):
                    self.assertIn(b"<" + element + b">", answer.body)
        self.assertEqual(b"", self.fault("503", "HEAD").body)
        self.assertEqual(400, self.fault("no-such-fault").status)

    def test_counted_errors_end(self):
        for name, expected in (("503-x2", [503, 503, 200]), ("429-x2", [429, 429, 200]), ("500-x1", [500, 200])):
            self.assertEqual(expected, [self.fault(name).status for _ in expected])

    def test_an_answer_of_something_in_front_of_cos(self):
        answer = self.fault("no-request-id-503")
        self.assertEqual(503, answer.status)
        self.assertNotIn("x-cos-request-id", answer.headers)

    def test_broken_bodies(self):
        truncated = self.fault("truncated")
        self.assertIsInstance(truncated.error or self.short(truncated), http.client.IncompleteRead)
        self.assertEqual(SCRIPT[:len(SCRIPT) // 2], truncated.body)
        self.assertIsInstance(self.fault("reset").error, ConnectionResetError)
        self.assertLess(len(self.fault("truncated-x1").body), len(SCRIPT))
        self.assertEqual(SCRIPT, self.fault("truncated-x1").body)

    @staticmethod
    def short(answer: Answer) -> Exception | None:  # read1 does not complain itself
        missing = int(answer.headers["Content-Length"]) - len(answer.body)
        return http.client.IncompleteRead(answer.body, missing) if missing else None

    def test_checksums(self):
        right = str(cos_standin.crc64(SCRIPT))
        for name, expected in (("wrong-crc", False), ("wrong-crc-x1", False), ("wrong-crc-x1", True)):
            answer = self.fault(name)
            self.assertEqual((SCRIPT, expected), (answer.body, answer.headers["x-cos-hash-crc64ecma"] == right))
        self.assertNotIn("x-cos-hash-crc64ecma", self.fault("no-crc").headers)

    def test_log_shows_who_followed_a_redirect(self):
        answer = self.fault("redirect")
        self.assertEqual(302, answer.status)
        followed = ask(self.address, "/" + answer.headers["Location"].split("/", 3)[3])
        self.assertEqual(SCRIPT, followed.body)
        with open(self.dir + "/log", encoding="utf-8") as log:
            self.assertEqual(1, sum(json.loads(line)["fault"] == "redirected" for line in log))

    def test_bodies_without_measure(self):
        endless = self.fault("endless")
        self.assertNotIn("Content-Length", endless.headers)
        self.assertGreaterEqual(len(endless.body), 20 << 20)
        self.assertEqual(str(17 << 20), self.fault("too-large").headers["Content-Length"])

    def test_slow_and_hanging(self):
        connection = http.client.HTTPConnection(*self.address, timeout=1.5)
        connection.request("GET", "/_fault/slow/echo.sh")
        response = connection.getresponse()
        began = time.monotonic()
        response.read(2)
        self.assertGreater(time.monotonic() - began, 1.5)
        connection.close()
        connection.request("GET", "/_fault/hang/echo.sh")
        with self.assertRaises(socket.timeout):
            connection.getresponse()
        connection.close()

    def test_only_get_and_head(self):
        self.assertEqual(405, ask(self.address, "/echo.sh", method="DELETE").status)
        head = ask(self.address, "/echo.sh", method="HEAD")
        self.assertEqual((200, str(len(SCRIPT)), b""), (head.status, head.headers["Content-Length"], head.body))


class Metadata(unittest.TestCase):
    def test_the_metadata_service(self):
        with tempfile.TemporaryDirectory() as directory:
            file = directory + "/metadata.json"
            data = {"instance-id": "ins-1", "placement/region": "ap-guangzhou",
                    "roles": {"node": {"secret_id": "i", "secret_key": "k", "token": "t"}}}

            def write():
                with open(file, "w", encoding="utf-8") as out:
                    json.dump(data, out)
            write()
            address = start(self, "--root", directory, "--metadata", file, "--secret-id", "a", "--secret-key", "b")
            base = "/latest/meta-data/"
            self.assertEqual(b"ins-1", ask(address, base + "instance-id").body)
            self.assertEqual(b"ap-guangzhou", ask(address, base + "placement/region").body)
            self.assertEqual(404, ask(address, base + "app-id").status)
            for roles in ("cam/security-credentials", "cam/security-credentials/"):
                self.assertEqual(b"node", ask(address, base + roles).body)
            role = json.loads(ask(address, base + "cam/security-credentials/node").body)
            self.assertEqual(("i", "k", "t", "Success"),
                             tuple(role[name] for name in ("TmpSecretId", "TmpSecretKey", "Token", "Code")))
            self.assertGreater(role["ExpiredTime"], time.time())

            data["roles"]["node"]["code"] = "Failed"
            write()
            self.assertEqual("Failed", json.loads(ask(address, base + "cam/security-credentials/node").body)["Code"])
            data["status"] = 500
            write()
            self.assertEqual(500, ask(address, base + "instance-id").status)
            self.assertEqual(403, ask(address, "/key").status)


class Rate(unittest.TestCase):
    def test_what_is_too_much_is_refused(self):
        with tempfile.TemporaryDirectory() as directory:
            address = start(self, "--root", directory, "--allow", "1")
            answers = [ask(address, "/nothing") for _ in range(3)]
            self.assertEqual([(404, "NoSuchKey"), (503, "SlowDown"), (429, "TooManyRequests")],
                             [(answer.status, answer.code) for answer in answers])
            time.sleep(1.1)  # of the server's clock
            self.assertEqual(404, ask(address, "/nothing").status)


class Start(unittest.TestCase):
    def test_tls_and_its_bad_certificates(self):
        with tempfile.TemporaryDirectory() as directory:
            subprocess.run([os.path.join(HERE, "make-certs.sh"), directory], check=True)
            context = ssl.create_default_context(cafile=directory + "/ca.pem")
            for name, error in (("good", None), ("other-name", "doesn't match|not valid for"), ("expired", "expired"),
                                ("self-signed", "self.signed")):
                address = start(self, "--root", directory, "--tls-cert", f"{directory}/{name}.pem",
                                "--tls-key", f"{directory}/{name}.key")
                connection = http.client.HTTPSConnection(*address, timeout=3, context=context)
                if error:
                    with self.assertRaisesRegex(ssl.SSLCertVerificationError, error):
                        connection.request("GET", "/ca.pem")
                else:
                    connection.request("GET", "/ca.pem")
                    self.assertEqual(200, connection.getresponse().status)
                connection.close()

    def test_ready_file_and_sigterm(self):
        with tempfile.TemporaryDirectory() as directory:
            ready = directory + "/ready"
            process = subprocess.Popen([sys.executable, os.path.join(HERE, "cos_standin.py"), "--root", directory,
                                        "--ready-file", ready], stdout=subprocess.PIPE, text=True)
            line = process.stdout.readline()
            with open(ready, encoding="utf-8") as file:
                self.assertEqual(line, file.read())
            process.terminate()
            self.assertEqual(0, process.wait(5))
            process.stdout.close()

    def test_the_examples_are_checked_at_start(self):
        cos_standin.check_vectors()
        table, cos_standin.CRC_TABLE = cos_standin.CRC_TABLE, [0] * 256
        self.addCleanup(setattr, cos_standin, "CRC_TABLE", table)
        with self.assertRaises(AssertionError):
            cos_standin.check_vectors()


if __name__ == "__main__":
    unittest.main()
