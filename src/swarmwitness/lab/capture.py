# SPDX-License-Identifier: Apache-2.0
"""Record everything that crosses `lo` of the stage into a pcap file.

Only in a namespace of our own: elsewhere a capture would read other people's loopback traffic.
`python -m swarmwitness.lab.capture FILE` says "ready", records until its standard input ends, then
writes one JSON line: packets, and how many the kernel dropped.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import sys
import time
from pathlib import Path
from typing import BinaryIO

_ETH_P_ALL = 0x0003
_SOL_PACKET, _PACKET_STATISTICS = 263, 6
_SO_RCVBUFFORCE = 33
_BUFFER_BYTES = 256 * 2**20
_SNAP_BYTES = 128 * 1024
_LINKTYPE_ETHERNET = 1
_LINGER_S = 0.5


def open_socket() -> socket.socket:
    """A packet socket on `lo`.

    Raises:
        PermissionError: no right to capture here.
    """
    taken = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_ALL))
    try:
        taken.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER_BYTES)
    except PermissionError:
        # In a user namespace the limit of the machine stands; drops are counted below.
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
    taken.bind(("lo", 0))
    return taken


def record(taken: socket.socket, file: BinaryIO) -> dict[str, int]:
    """Write packets until standard input ends, and for a moment longer."""
    file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, _SNAP_BYTES, _LINKTYPE_ETHERNET))
    packets, until = 0, 0.0
    while not until or time.monotonic() < until:
        ready, _, _ = select.select([taken] if until else [taken, sys.stdin], [], [], 0.2)
        if sys.stdin in ready and not sys.stdin.buffer.read(1):
            until = time.monotonic() + _LINGER_S
        if taken in ready:
            packets += _take(taken, file)
    received, dropped = struct.unpack("II", taken.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8))
    return {"packets": packets, "kernel_packets": received, "kernel_drops": dropped}


def _take(taken: socket.socket, file: BinaryIO) -> int:
    """One packet; each crosses `lo` twice, out and in, and is written once."""
    data, address = taken.recvfrom(_SNAP_BYTES)
    if address[2] == socket.PACKET_OUTGOING:
        return 0
    seconds, rest = divmod(time.time_ns(), 1_000_000_000)
    file.write(struct.pack("<IIII", seconds & 0xFFFFFFFF, rest // 1000, len(data), len(data)))
    file.write(data)
    return 1


def main(path: Path) -> int:
    """Record into `path`."""
    with open_socket() as taken, path.open("wb") as file:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        counted = record(taken, file)
    sys.stdout.write(json.dumps(counted) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
