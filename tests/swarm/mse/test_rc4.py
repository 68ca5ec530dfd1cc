# SPDX-License-Identifier: Apache-2.0
"""The cipher against published vectors and a second implementation; what happens where there is none."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import time
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

import swarmwitness.swarm
from swarmwitness.swarm.mse.rc4 import Rc4, has_rc4


def plain_rc4(key: bytes, count: int) -> bytes:
    """The keystream, written out: the second opinion."""
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    stream, i, j = bytearray(), 0, 0
    for _ in range(count):
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        stream.append(state[(state[i] + state[j]) % 256])
    return bytes(stream)


def test_the_first_1024_bytes_are_thrown_away() -> None:
    """RFC 6229, the 40-bit key, offset 1024."""
    stream = Rc4(bytes([1, 2, 3, 4, 5])).pass_through(bytes(16))
    assert stream.hex() == "30abbcc7c20b01609f23ee2d5f6bb7df"


@given(key=st.binary(min_size=20, max_size=20), parts=st.lists(st.binary(max_size=50), max_size=5))
def test_it_agrees_with_a_second_implementation_however_it_is_cut(key: bytes, parts: list[bytes]) -> None:
    cipher, whole = Rc4(key), b"".join(parts)
    stream = plain_rc4(key, 1024 + len(whole))[1024:]
    read = b"".join(cipher.pass_through(part) for part in parts)
    assert read == bytes(a ^ b for a, b in zip(whole, stream, strict=True))


def test_a_piece_of_4_mib_takes_well_under_a_tenth_of_a_second() -> None:
    cipher, piece = Rc4(bytes(20)), bytes(4 << 20)
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        cipher.pass_through(piece)
        times.append(time.perf_counter() - begun)
    assert min(times) < 0.1


WITHOUT = """
from swarmwitness.swarm.mse.rc4 import NoCipherError, Rc4, has_rc4
assert not has_rc4()
try:
    Rc4(bytes(20))
except NoCipherError:
    print("no cipher")
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.swarm.mse import Initiator, KeyedReader, Responder
from swarmwitness.swarm.facts import Speaker
from swarmwitness.terms import InfoHash
torrent = Torrent.of(InfoHash.from_text("ab" * 20))
print(Initiator(torrent, bytes(20), b"").failure, Responder(lambda _: torrent, bytes(20), b"").failure)
reader = KeyedReader("initiator", bytes(20), lambda: [torrent])
print(reader.broken, reader.feed(Speaker.PEER, bytes(2000)))
"""


def test_a_machine_without_rc4_says_so() -> None:
    """OpenSSL without its old ciphers, as in a FIPS build."""
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT],
        env={**os.environ, "CRYPTOGRAPHY_OPENSSL_NO_LEGACY": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout.splitlines() == [
        "no cipher",
        "mse_no_cipher mse_no_cipher",
        "mse_no_cipher []",
    ], ran.stderr
    assert has_rc4(), "here it is"


def test_the_room_uses_the_library_for_this_cipher_alone() -> None:
    users = set()
    for file in Path(swarmwitness.swarm.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cryptography"):
                users.add(file.name)
    assert users == {"rc4.py"}
