"""Mounts a FUSE file system that answers only FUSE_INIT: a process that accesses it blocks and cannot be killed.

    hung_fuse.py DIRECTORY

It runs until it is killed; then the kernel fails all pending requests. Protocol: the kernel's include/uapi/linux/fuse.h.
"""

import ctypes
import os
import struct
import sys

FUSE_INIT = 26
IN_HEADER, OUT_HEADER = struct.Struct("<IIQQIIII"), struct.Struct("<IiQ")
INIT_OUT = struct.pack("<IIIIHHIIHH32x", 7, 31, 65536, 0, 12, 9, 65536, 1, 0, 0)

device = os.open("/dev/fuse", os.O_RDWR)
options = f"fd={device},rootmode=40000,user_id=0,group_id=0".encode()
libc = ctypes.CDLL(None, use_errno=True)
if libc.mount(b"hung", sys.argv[1].encode(), b"fuse.hung", 0, options) != 0:
    sys.exit(f"mount: {os.strerror(ctypes.get_errno())}")
while True:
    request = os.read(device, 1 << 20)
    _, opcode, unique, *_ = IN_HEADER.unpack_from(request)
    if opcode == FUSE_INIT:
        os.write(device, OUT_HEADER.pack(OUT_HEADER.size + len(INIT_OUT), 0, unique) + INIT_OUT)
