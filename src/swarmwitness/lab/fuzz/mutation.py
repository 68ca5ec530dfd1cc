# SPDX-License-Identifier: Apache-2.0
"""Inputs from seeds: the n-th input of a campaign is a pure function of (campaign seed, target, n)."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Sequence

MAX_INPUT_BYTES = 4096
"""Mutated inputs; bounds beyond it have tests of their own, which say what is refused and why."""
NUMBERS = (
    0, 1, 2, 7, 19, 20, 21, 63, 64, 127, 128, 255, 256, 32767, 32768, 65535, 65536,
    (1 << 31) - 1, 1 << 31, (1 << 32) - 1, (1 << 63) - 1, 1 << 63, (1 << 64) - 1,
)  # fmt: skip
TOKENS = (
    b"d", b"l", b"e", b"i", b"0:", b"1:", b"i-0e", b"i-1e", b"i01e", b"9999999999:", b"-1:", b"le",
    b"de", b"l" * 40, b"d1:a" * 20, b"i9223372036854775808e", b"i" + b"9" * 60 + b"e", b"\r\n",
    b"\r\n\r\n", b" ", b"0", b"chunked", b"Content-Length: ", b"Content-Encoding: gzip",
    b"\x1f\x8b\x08\x00", b"Location: ", b"HTTP/1.1 200 OK\r\n", b"\x13BitTorrent protocol", b"%00",
    b"%", b"&", b"=", b"?", b"\x00" * 8, b"\xff" * 8, b"1:t", b"1:y1:q", b"1:y1:r", b"5:added",
    b"7:added.f", b"6:added6", b"4:peer", b"5:peers", b"6:peers6", b"5:nodes", b"6:values", b"2:id20:",
    b"8:msg_typei1e", b"5:piecei0e", b"13:metadata_size", b"BT-SEARCH * HTTP/1.1\r\n", b"Infohash: ",
    b"\x00\x00\x00\x01", b"\x00\x00\x04\x17'\x10\x19\x80",
)  # fmt: skip

Change = Callable[[random.Random, bytearray, Sequence[bytes]], None]


class Mutator:
    """The inputs of one target.

    Args:
        seeds: At least one; the first inputs are these as they are.
    """

    def __init__(self, target: str, seeds: Sequence[bytes], seed: int = 0) -> None:
        self._seeds = tuple(seeds)
        self._base = (seed << 64) | (zlib.crc32(target.encode()) << 32)

    def draws(self, number: int) -> random.Random:
        """The randomness of one input, for whoever cuts it into portions."""
        return random.Random(self._base + number)

    def input(self, number: int) -> bytes:
        """The `number`-th input, 0 first."""
        if number < len(self._seeds):
            return self._seeds[number]
        rng = self.draws(number)
        if rng.random() < 0.02:
            return rng.randbytes(rng.randrange(200))
        data = bytearray(rng.choice(self._seeds))
        for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 5, 8))):
            rng.choice(CHANGES)(rng, data, self._seeds)
        return bytes(data[:MAX_INPUT_BYTES])


def _place(rng: random.Random, data: bytearray) -> int:
    return rng.randrange(len(data) + 1)


def _flip(rng: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _set(rng: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    if data:
        data[rng.randrange(len(data))] = rng.randrange(256)


def _number(rng: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    """A number that is an edge somewhere, over what stands there, in 1, 2, 4 or 8 bytes."""
    width, at = rng.choice((1, 2, 4, 8)), _place(rng, data)
    value = rng.choice(NUMBERS) & ((1 << 8 * width) - 1)
    data[at : at + width] = value.to_bytes(width, rng.choice(("big", "big", "little")))


def _digits(rng: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    """A length or a number written in digits becomes another."""
    places = [at for at, byte in enumerate(data) if 0x30 <= byte <= 0x39]
    if places:
        at = rng.choice(places)
        data[at : at + 1] = str(rng.choice(NUMBERS)).encode()


def _token(rng: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    at = _place(rng, data)
    data[at:at] = rng.choice(TOKENS)


def _delete(rng: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    at = _place(rng, data)
    del data[at : at + rng.choice((1, 1, 2, 4, 16, 64))]


def _repeat(rng: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    at = _place(rng, data)
    data[at:at] = bytes(data[at : at + rng.choice((1, 2, 8, 32))]) * rng.choice((1, 2, 10))


def _truncate(rng: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    del data[_place(rng, data) :]


def _splice(rng: random.Random, data: bytearray, seeds: Sequence[bytes]) -> None:
    """The beginning of this and the end of another."""
    other = rng.choice(seeds)
    data[_place(rng, data) :] = other[rng.randrange(len(other) + 1) :]


def _append(rng: random.Random, data: bytearray, seeds: Sequence[bytes]) -> None:
    data += rng.choice(seeds)


CHANGES: tuple[Change, ...] = (
    _flip, _flip, _set, _number, _number, _digits, _token, _delete, _repeat, _truncate, _splice, _append,
)  # fmt: skip
