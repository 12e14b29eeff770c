"""A name server that misbehaves: a small one over UDP and TCP, since no real one can be late or wrong on request."""

from __future__ import annotations

import ipaddress
import socket
import struct
import threading
import time

A, AAAA = 1, 28
OK, SERVFAIL, NXDOMAIN = 0, 2, 3
TRUNCATED = 0x0200


class NameServer:
    """
    misbehave(name, kind, seconds) decides what becomes of a UDP query of that kind (A, AAAA), so long after the first one: None for the
    right answer, a number for one that is so many seconds late, "drop", "truncate", ("rcode", N) or ("address", A).
    """

    def __init__(self, zone, misbehave):
        self.zone, self.misbehave, self.sockets, self.harmed, self.begun = zone, misbehave, [], 0, None

    def bind(self, address, silent=False):
        """Listens in the network namespace of this thread; serves once start() is called."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        datagrams = socket.socket(family, socket.SOCK_DGRAM)
        datagrams.bind((address, 53))
        streams = socket.create_server((address, 53), family=family)
        self.sockets.append((datagrams, streams, silent))

    def start(self):
        for datagrams, streams, silent in self.sockets:
            threading.Thread(target=self.serve_datagrams, args=(datagrams, silent), daemon=True).start()
            threading.Thread(target=self.serve_streams, args=(streams, silent), daemon=True).start()

    def calm(self):
        """Answers as it should; a silent address stays silent."""
        self.misbehave = lambda *_: None

    def serve_datagrams(self, server, silent):
        while True:
            query, client = server.recvfrom(4096)
            if silent:
                self.harmed += 1
                continue
            self.begun = self.begun or time.monotonic()
            weather = self.misbehave(name_of(query), kind_of(query), time.monotonic() - self.begun)
            self.harmed += weather is not None
            if weather == "drop":
                continue
            if isinstance(weather, (int, float)):
                threading.Timer(weather, server.sendto, (self.answer(query, None), client)).start()
            else:
                server.sendto(self.answer(query, weather), client)

    def serve_streams(self, server, silent):
        while True:
            connection, _ = server.accept()
            with connection:
                head = connection.recv(2, socket.MSG_WAITALL)
                if silent or len(head) < 2:
                    continue
                answer = self.answer(connection.recv(struct.unpack("!H", head)[0], socket.MSG_WAITALL), None)
                connection.sendall(struct.pack("!H", len(answer)) + answer)

    def answer(self, query, weather):
        number, end = query[:2], question_end(query)
        name, kind = name_of(query), kind_of(query)
        known, code, flags, found = name in self.zone, OK, 0x8580, self.zone.get(name, {}).get(kind)
        if weather == "truncate":
            flags, found = flags | TRUNCATED, None
        elif isinstance(weather, tuple) and weather[0] == "rcode":
            code, found = weather[1], None
        elif isinstance(weather, tuple) and found and kind == A:
            found = weather[1]
        elif not known:
            code = NXDOMAIN
        data = ipaddress.ip_address(found).packed if found else b""
        record = struct.pack("!HHHIH", 0xC00C, kind, 1, 60, len(data)) + data if found else b""
        return number + struct.pack("!HHHHH", flags | code, 1, 1 if found else 0, 0, 0) + query[12:end] + record


def labels(query):
    at = 12
    while query[at]:
        yield query[at + 1:at + 1 + query[at]]
        at += 1 + query[at]


def question_end(query):
    return 12 + sum(1 + len(label) for label in labels(query)) + 5


def name_of(query):
    return b".".join(labels(query)).decode().lower()


def kind_of(query):
    return int.from_bytes(query[question_end(query) - 4:question_end(query) - 2], "big")
