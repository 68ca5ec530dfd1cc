# SPDX-License-Identifier: Apache-2.0
"""How a tracker can misbehave towards whoever asks: one word each, over HTTP, UDP or both."""

from __future__ import annotations

import asyncio
import ipaddress
import itertools
import zlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from enum import StrEnum

from swarmwitness.terms import Endpoint
from swarmwitness.wire import bencode
from swarmwitness.wire import tracker_udp as wire
from swarmwitness.wire.tracker_http import target_of

INJECTED_PORT = 6881
N_INJECTED = 16
BINARY = bytes(range(256))
POURED_BYTES = 64 << 20
DRIP_S = 0.02
N_FLOOD = 5000


class Mode(StrEnum):
    """What it does instead of answering honestly; what a transport cannot do it does honestly."""

    HONEST = "honest"
    INJECT = "inject"
    """Names addresses that nobody announced."""
    SILENT = "silent"
    GARBAGE = "garbage"
    BINARY_ERROR = "binary-error"
    """Declines with a text of all 256 bytes."""
    OVERSIZED = "oversized"
    """HTTP: pours tens of MiB. UDP: the largest list that a datagram carries."""
    DRIP = "drip"
    """HTTP: a byte at a time, without an end."""
    GZIP_BOMB = "gzip-bomb"
    REDIRECT_LOOP = "redirect-loop"
    REDIRECT_CHAIN = "redirect-chain"
    """To ever new places."""
    REDIRECT_AWAY = "redirect-away"
    """To a UDP tracker."""
    REDIRECT_LIE = "redirect-lie"
    """To a place whose parameters say of the announcer what is not true; honest there."""
    WRONG_TRANSACTION = "wrong-transaction"
    WRONG_ENDPOINT = "wrong-endpoint"
    """UDP: answers from another port."""
    FLOOD = "flood"
    """UDP: thousands of answers to questions that nobody put, then the honest one."""
    FORGETFUL = "forgetful"
    """UDP: takes every connection id for one that it never gave."""


def injected(host: str) -> list[Endpoint]:
    """Endpoints in the tracker's own network (its /16 or /64) at which nobody is."""
    address = ipaddress.ip_address(host)
    keep = 16 if address.version == 4 else 64
    base = int(address) >> keep << keep | 250 << 8
    made = (type(address)(base + n) for n in range(1, N_INJECTED + 1))
    return [Endpoint(each, INJECTED_PORT) for each in made]


async def badly(mode: Mode, head: bytes, honest: bytes) -> AsyncIterator[bytes]:
    """The portions of an HTTP answer; after the last the connection is closed.

    Args:
        head: The request.
        honest: What an honest tracker would answer.
    """
    match mode:
        case Mode.SILENT:
            await asyncio.sleep(3600)
        case Mode.GARBAGE:
            yield BINARY
        case Mode.DRIP:
            for byte in itertools.cycle(b"HTTP/1.1 200 OK\r\nX-Drop: "):
                yield bytes([byte])
                await asyncio.sleep(DRIP_S)
        case Mode.OVERSIZED:
            yield b"HTTP/1.1 200 OK\r\n\r\nd5:peers"
            for _ in range(POURED_BYTES >> 18):
                yield bytes(1 << 18)
        case _:
            yield _whole(mode, head, honest)


def _whole(mode: Mode, head: bytes, honest: bytes) -> bytes:
    if mode is Mode.BINARY_ERROR:
        return _response(bencode.encode({b"failure reason": BINARY}))
    if mode is Mode.GZIP_BOMB:
        return _response(_bomb(), "Content-Encoding: gzip")
    location = _elsewhere(mode, target_of(head).decode("ascii"))
    return honest if location is None else _redirect(location)


def _bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    parts = [packer.compress(bytes(1 << 20)) for _ in range(POURED_BYTES >> 20)]
    return b"".join((*parts, packer.flush()))


def _elsewhere(mode: Mode, target: str) -> str | None:
    match mode:
        case Mode.REDIRECT_LOOP:
            return "/b/announce" if target.startswith("/announce") else "/announce"
        case Mode.REDIRECT_CHAIN:
            return "/more" * target.partition("?")[0].count("/") + "/announce"
        case Mode.REDIRECT_AWAY:
            return "udp://192.0.2.1:6969/announce"
        case Mode.REDIRECT_LIE if "token=" not in target:
            return f"/announce?token=1&info_hash={'%61' * 20}&left=0&ip=192.0.2.66&event=completed"
    return None


def _redirect(location: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode("ascii")


def _response(body: bytes, *fields: str) -> bytes:
    lines = ("HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *fields, "", "")
    return "\r\n".join(lines).encode("ascii") + body


def badly_over_udp(mode: Mode, honest: wire.Response) -> Iterator[tuple[bytes, bool]]:
    """The datagrams of an answer, and of each whether it leaves from another port."""
    match mode:
        case Mode.SILENT:
            return
        case Mode.GARBAGE:
            yield honest.to_wire()[:8] + b"\xff", False
        case Mode.BINARY_ERROR:
            yield wire.ErrorResponse(honest.transaction, BINARY).to_wire(), False
        case Mode.WRONG_TRANSACTION:
            yield replace(honest, transaction=honest.transaction ^ 1).to_wire(), False
        case Mode.WRONG_ENDPOINT:
            yield honest.to_wire(), True
        case Mode.FORGETFUL if not isinstance(honest, wire.ConnectResponse):
            yield wire.ErrorResponse(honest.transaction, b"Connection ID mismatch.").to_wire(), False
        case Mode.OVERSIZED if isinstance(honest, wire.AnnounceResponse):
            yield honest.to_wire()[:20] + bytes((198, 18, 250, 1, 26, 225)) * 10_000, False
        case Mode.FLOOD:
            for number in range(N_FLOOD):
                yield (
                    replace(honest, transaction=(honest.transaction + 1 + number) % (1 << 32)).to_wire(),
                    False,
                )
            yield honest.to_wire(), False
        case _:
            yield honest.to_wire(), False
