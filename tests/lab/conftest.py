# SPDX-License-Identifier: Apache-2.0
"""What several tests of the laboratory play on: packets made by hand, a translator, a case without peers."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmwitness.case.create import create
from swarmwitness.lab.nat import Home
from swarmwitness.terms import InputError
from swarmwitness.wire import bencode


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


@pytest.fixture
def home() -> Iterator[Home]:
    """Somebody behind a translator."""
    try:
        with Home() as made:
            yield made
    except InputError as error:
        pytest.skip(str(error))


@pytest.fixture
def lonely_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A swarm in which nobody is, whose tracker refuses at once."""
    monkeypatch.setenv("SWARMWITNESS_HOME", str(tmp_path / "home"))
    root = create(tmp_path / "case", name="case", synthetic=True).root
    info = {b"length": 4, b"name": b"work.bin", b"piece length": 16384, b"pieces": bytes(20)}
    torrent = {b"announce": b"http://127.0.0.1:9/announce", b"info": info}
    (root / "torrents" / "work.torrent").write_bytes(bencode.encode(torrent))
    return root
