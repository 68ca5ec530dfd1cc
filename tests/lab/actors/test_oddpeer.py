# SPDX-License-Identifier: Apache-2.0
"""Odd peers over real sockets: what one manner says is what its name says."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from swarmwitness.lab.actors.oddpeer import CALLERS, OTHER_TORRENT, RESERVED, Cast, Odd, OddSpec, frame
from swarmwitness.wire import peerwire

PIECE = 16384
DATA = hashlib.shake_256(b"odd").digest(9 * PIECE + 5)
NAME = bytes(range(20))


def spec(folder: Path, *peers: Odd) -> OddSpec:
    file = folder / "content"
    file.write_bytes(DATA)
    return OddSpec(str(file), PIECE, NAME.hex(), "127.0.0.1:1", peers)


async def visit(cast: Cast, odd: Odd, said: bytes, messages: int) -> tuple[bytes, list[bytes]]:
    """Shake hands, say something, and return the other handshake and the messages that came."""

    async def come(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await cast.visited(odd, reader, writer)

    server = await asyncio.start_server(come, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1])
    writer.write(peerwire.Handshake(RESERVED, NAME, b"-SW0200-123456789012").to_wire() + said)
    shaken = await reader.readexactly(68)
    heard = []
    for _ in range(messages):
        size = int.from_bytes(await asyncio.wait_for(reader.readexactly(4), 5), "big")
        heard.append(await reader.readexactly(size))
    writer.close()
    server.close()
    return shaken, heard


def ask(piece: int, begin: int = 0) -> bytes:
    return frame(2) + frame(6, b"".join(n.to_bytes(4, "big") for n in (piece, begin, 16384)))


def test_a_spec_survives_its_file(tmp_path: Path) -> None:
    made = spec(tmp_path, Odd("monitor", "127.0.0.1:5"))
    made.write(tmp_path / "spec")
    assert OddSpec.read(tmp_path / "spec") == made


@pytest.mark.parametrize(
    ("manner", "claims"),
    [
        ("monitor", b"\xff\xc0"),
        ("partial_seed", b"\xf8\x00"),
        ("part_giver", b"\x80\x00"),
        ("rewinds", b"\xfe\x00"),
    ],
)
def test_what_is_claimed(manner: str, claims: bytes, tmp_path: Path) -> None:
    odd = Odd(manner, "a")
    cast = Cast(spec(tmp_path, odd))
    _, heard = asyncio.run(visit(cast, odd, b"", 2 if manner == "partial_seed" else 1))
    assert heard[-1] == b"\x05" + claims


def test_a_rewinding_peer_claims_less_at_each_visit(tmp_path: Path) -> None:
    odd = Odd("rewinds", "a")
    cast = Cast(spec(tmp_path, odd))
    claims = [int.from_bytes(asyncio.run(visit(cast, odd, b"", 1))[1][0][1:], "big") for _ in range(3)]
    assert claims == sorted(claims, reverse=True)
    assert len(set(claims)) == 3


@pytest.mark.parametrize(("manner", "true"), [("partial_seed", True), ("poisoner", False)])
def test_what_is_given(manner: str, true: bool, tmp_path: Path) -> None:
    odd = Odd(manner, "a")
    cast = Cast(spec(tmp_path, odd))
    _, heard = asyncio.run(visit(cast, odd, ask(1), 4 if true else 3))
    given = heard[-1][9:]
    assert (given == DATA[PIECE : 2 * PIECE]) is true
    assert len(given) == 16384


def test_one_takes_part_elsewhere_and_one_changes_its_name(tmp_path: Path) -> None:
    cast = Cast(spec(tmp_path))
    shaken, _ = asyncio.run(visit(cast, Odd("elsewhere", "a"), b"", 0))
    assert shaken[28:48] == OTHER_TORRENT
    names = [asyncio.run(visit(cast, Odd("tenants", "b"), b"", 1))[0][48:56] for _ in range(2)]
    assert names == [b"-OD0001-", b"-NW0002-"]


def test_callers_have_no_door() -> None:
    assert {"earlier", "crawler"} == CALLERS
