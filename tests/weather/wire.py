"""A cable between two machines: forwards frames between two TAP devices, and harms them."""

from __future__ import annotations

import fcntl
import heapq
import ipaddress
import os
import random
import select
import struct
import threading
import time

SET_INTERFACE, TAP, NO_HEADER = 0x400454CA, 0x0002, 0x1000
TCP, UDP, SYN = 6, 17, 0x02
MAX_FRAME = 65536


def open_tap(name):
    """A new TAP device of the network namespace of this thread. It ends with the descriptor."""
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    fcntl.ioctl(device, SET_INTERFACE, struct.pack("16sH", name.encode(), TAP | NO_HEADER))
    return device


class Packet:
    """What a frame carries; all fields are empty if it is neither IPv4 nor IPv6."""

    def __init__(self, frame, to_cloud):
        self.to_cloud, self.protocol, self.source, self.target, self.client, self.starts, self.length = to_cloud, 0, "", "", 0, False, 0
        kind = frame[12:14]
        if kind == b"\x08\x00":
            self.protocol, header = frame[23], 14 + 4 * (frame[14] & 15)
            end = 14 + int.from_bytes(frame[16:18], "big")
            self.source, self.target = (str(ipaddress.IPv4Address(frame[at:at + 4])) for at in (26, 30))
        elif kind == b"\x86\xdd":
            self.protocol, header = frame[20], 54
            end = 54 + int.from_bytes(frame[18:20], "big")
            self.source, self.target = (str(ipaddress.IPv6Address(frame[at:at + 16])) for at in (22, 38))
        if self.protocol in (TCP, UDP):
            self.client = int.from_bytes(frame[header:header + 2] if to_cloud else frame[header + 2:header + 4], "big")
        if self.protocol == TCP:
            self.starts = to_cloud and frame[header + 13] & SYN != 0
            self.length = end - header - 4 * (frame[header + 12] >> 4)

    @property
    def server(self):
        return self.target if self.to_cloud else self.source


class Wire(threading.Thread):
    """
    loss, duplicate, reorder: the part of the frames; a frame that is reordered comes 20 ms late. delay: seconds, one way.
    only: the servers whose packets are harmed; all frames if it is empty. cut: drops all frames. forgotten: drops those of these
    connections, each a server and the node's port.
    """

    def __init__(self, node, cloud, seed):
        super().__init__(daemon=True)
        self.ends, self.chance = {node: cloud, cloud: node}, random.Random(seed)
        self.node, self.loss, self.duplicate, self.reorder, self.delay, self.only, self.cut = node, 0.0, 0.0, 0.0, 0.0, (), False
        self.harmed, self.watchers, self.forgotten = 0, [], set()

    def watch(self, sees, act):
        """Once sees(packet) is true, that frame is lost and act(packet) runs, once, in this thread."""
        self.watchers.append((sees, act))

    def calm(self):
        self.loss, self.duplicate, self.reorder, self.delay, self.cut, self.watchers = 0.0, 0.0, 0.0, 0.0, False, []

    def run(self):
        poll, waiting, count = select.poll(), [], 0
        for end in self.ends:
            poll.register(end, select.POLLIN)
        while True:
            left = max(0, waiting[0][0] - time.monotonic()) * 1000 if waiting else None
            for end, _ in poll.poll(left):
                try:
                    frame = os.read(end, MAX_FRAME)
                except OSError:
                    # A device that is down: EIO, until it is up.
                    time.sleep(0.01)
                    continue
                for late in self.judge(Packet(frame, end == self.node)):
                    count += 1
                    heapq.heappush(waiting, (time.monotonic() + late, count, self.ends[end], frame))
            while waiting and waiting[0][0] <= time.monotonic():
                _, _, end, frame = heapq.heappop(waiting)
                try:
                    os.write(end, frame)
                except OSError:
                    self.harmed += 1  # a device that is down

    def judge(self, packet):
        """How late each copy of the frame arrives; no copy if it is lost."""
        for watcher in [watcher for watcher in self.watchers if watcher[0](packet)]:
            self.watchers.remove(watcher)
            watcher[1](packet)
            self.harmed += 1
            return []
        if self.cut or (packet.server, packet.client) in self.forgotten:
            self.harmed += 1
            return []
        if self.only and packet.server not in self.only:
            return [0]
        if self.chance.random() < self.loss:
            self.harmed += 1
            return []
        copies = 2 if self.chance.random() < self.duplicate else 1
        late = [self.delay + (0.02 if self.chance.random() < self.reorder else 0) for _ in range(copies)]
        self.harmed += copies > 1 or late[0] > 0
        return late
