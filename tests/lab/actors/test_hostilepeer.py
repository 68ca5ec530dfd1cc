# SPDX-License-Identifier: Apache-2.0
"""Enemies over real sockets: each does harm of its own kind, and goes on until the other side hangs up."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from swarmwitness.lab.actors.hostilepeer import (
    CALLERS,
    MANNERS,
    RESERVED,
    Enemy,
    HostileSpec,
    Line,
    _krpc,
    _syns,
)
from swarmwitness.terms import MalformedMessage
from swarmwitness.wire import krpc, peerwire

SPEC = HostileSpec(
    8, 16384, "00" * 20, "127.0.0.1:1", "127.0.0.1:2", "198.18.77", (Enemy("junk", "127.0.0.1:3"),)
)
SHAKE = peerwire.Handshake(RESERVED, bytes(20), b"-SW0200-123456789012").to_wire()


def test_a_spec_survives_its_file(tmp_path: Path) -> None:
    SPEC.write(tmp_path / "spec")
    assert HostileSpec.read(tmp_path / "spec") == SPEC


async def heard(manner: str, seconds: float = 0.4) -> bytes:
    """What comes within a moment."""

    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await MANNERS[manner](Line(SPEC, reader, writer))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(act, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1])
    writer.write(SHAKE)
    data = b""
    try:
        async with asyncio.timeout(seconds):
            while more := await reader.read(1 << 16):
                data += more
    except TimeoutError:
        pass
    writer.close()
    server.close()
    return data


@pytest.mark.parametrize("manner", [each for each in MANNERS if each.endswith("_flood")])
def test_a_flood_has_no_end(manner: str) -> None:
    data = asyncio.run(heard(manner))
    assert data.startswith(b"\x13BitTorrent protocol")
    frames, _ = peerwire.split(data[68:], 0, max_frame=1 << 20)
    assert len(frames) > 50 or manner == "keep_alive_flood"
    assert len(data) > 200


@pytest.mark.parametrize(
    ("manner", "part"),
    [
        ("mirror", SHAKE),
        ("wrong_torrent", b"no such torrent here"),
        ("huge_frame", b"\xff\xff\xff\xff"),
        ("deep_bencode", b"l" * 1000),
        ("absurd_metadata", b"13:metadata_sizei4611686018427387904e"),
    ],
)
def test_what_is_said(manner: str, part: bytes) -> None:
    assert part in asyncio.run(heard(manner))


def test_a_drip_is_slow() -> None:
    assert len(asyncio.run(heard("drip_handshake"))) <= 3


def test_datagrams_are_of_every_kind() -> None:
    packets = _syns()
    assert next(packets)[0] == 0x41
    assert len(next(packets)) >= 20
    read = []
    for data in (data for data, _ in zip(_krpc(), range(4), strict=False)):
        try:
            read.append(type(krpc.decode(data)).__name__)
        except MalformedMessage:
            read.append("")
    assert read == ["Response", "Query", "", ""]
    assert set(CALLERS) == {"knocking", "utp_flood", "dht_flood"}
