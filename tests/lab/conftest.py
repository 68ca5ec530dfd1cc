# SPDX-License-Identifier: Apache-2.0
"""Hand-made pcap files for the tests of the laboratory."""

from __future__ import annotations

import ipaddress
import struct
from pathlib import Path

import pytest


class Packets:
    """Frames and files, put together by hand."""

    SYN = 0x02

    @staticmethod
    def tcp(source: str, target: str, sequence: int, data: bytes, flags: int = 0x10) -> bytes:
        """An Ethernet frame with one TCP segment; `source` is ADDRESS:PORT."""
        (ip, port), (to, to_port) = source.rsplit(":", 1), target.rsplit(":", 1)
        segment = struct.pack(
            ">HHIIBBHHH", int(port), int(to_port), sequence & 0xFFFFFFFF, 0, 5 << 4, flags, 0, 0, 0
        )
        return Packets.frame(6, ip, to, segment + data)

    @staticmethod
    def udp(source: str, target: str, data: bytes) -> bytes:
        """An Ethernet frame with one datagram."""
        (ip, port), (to, to_port) = source.rsplit(":", 1), target.rsplit(":", 1)
        return Packets.frame(
            17, ip, to, struct.pack(">HHHH", int(port), int(to_port), 8 + len(data), 0) + data
        )

    @staticmethod
    def frame(protocol: int, source: str, target: str, body: bytes) -> bytes:
        """IPv4 or IPv6 in Ethernet, by the addresses."""
        ends = ipaddress.ip_address(source).packed + ipaddress.ip_address(target).packed
        if len(ends) == 8:
            # The total length does not hold what a large segment on `lo` has; 0 stands there then.
            total = 20 + len(body) if 20 + len(body) < 65536 else 0
            return (
                bytes(12)
                + b"\x08\x00"
                + struct.pack(">BBHIBBH", 0x45, 0, total, 0, 64, protocol, 0)
                + ends
                + body
            )
        return bytes(12) + b"\x86\xdd" + struct.pack(">IHBB", 6 << 28, len(body), protocol, 64) + ends + body

    @staticmethod
    def write_pcap(path: Path, frames: list[bytes]) -> Path:
        """A pcap file, little-endian, Ethernet."""
        head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 18, 1)
        body = b"".join(struct.pack("<IIII", 0, 0, len(f), len(f)) + f for f in frames)
        path.write_bytes(head + body)
        return path


@pytest.fixture(scope="session")
def packets() -> type[Packets]:
    """The maker of frames."""
    return Packets
