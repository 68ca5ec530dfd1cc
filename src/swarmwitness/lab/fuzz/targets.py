# SPDX-License-Identifier: Apache-2.0
"""Every decoder of wire/ as a target: it reads or refuses; what is written again reads the same."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from swarmwitness.swarm.announce import read_answer
from swarmwitness.terms import MalformedMessage
from swarmwitness.wire import (
    bencode,
    bloom,
    compact,
    donthave,
    hashes,
    holepunch,
    http,
    krpc,
    lsd,
    ltep,
    magnet,
    metadata,
    metainfo,
    peerid,
    peerwire,
    pex,
    scrape,
    tracker_answer,
    tracker_http,
    tracker_udp,
    utp,
)

Run = Callable[[bytes, random.Random], object]


@dataclass(frozen=True, slots=True)
class Target:
    """Something that takes bytes of others.

    Attributes:
        run: Takes an input and the randomness that belongs to it.
        modules: What it covers, as `room.module`.
        may_refuse: Whether MalformedMessage is an answer; of a reader of streams nothing is.
    """

    name: str
    run: Run
    modules: tuple[str, ...]
    may_refuse: bool = True


def _decoder(
    name: str, decode: Callable[[bytes], Any], again: Callable[[Any], bytes] | None = None
) -> Target:
    """A decoder, and the encoder of the same messages if there is one."""

    def run(data: bytes, _: random.Random) -> None:
        message = decode(data)
        hash(repr(message)[:64])
        if again is not None:
            _round_trip(message, decode, again)

    return Target(name, run, (f"wire.{name.partition('-')[0]}",))


def _round_trip(message: Any, decode: Callable[[bytes], Any], again: Callable[[Any], bytes]) -> None:
    """What can be said again is read as the same; what we would not say (ValueError) has no second form."""
    try:
        said = again(message)
    except ValueError:
        return
    second = decode(said)
    if again(second) != said:
        raise AssertionError(f"{said!r} reads as {second!r}, which is written otherwise")


def _frames(data: bytes) -> list[peerwire.Message]:
    """Every frame of a stream; one that is malformed takes nothing from the others."""
    found = []
    for frame in peerwire.split(data, 0, max_frame=1 << 17)[0]:
        try:
            found.append(peerwire.decode(frame))
        except MalformedMessage:
            continue
    return found


def _magnet(data: bytes) -> magnet.Magnet:
    return magnet.Magnet.from_text(data.decode("utf-8", "replace"))


def _peer_id(data: bytes) -> tuple[str | None, str | None]:
    whole = data[:20].ljust(20, b"\0")
    return peerid.client_of(whole), peerid.version_of(whole)


def _to_wire(message: Any) -> bytes:
    written: bytes = message.to_wire()
    return written


TARGETS: tuple[Target, ...] = (
    _decoder("bencode", lambda data: bencode.decode(data, strict=False)),
    _decoder("bencode-strict", bencode.decode),
    _decoder("metainfo", metainfo.Metainfo.from_wire),
    _decoder("magnet", _magnet),
    _decoder("peerid", _peer_id),
    _decoder("peerwire-handshake", peerwire.Handshake.from_wire, _to_wire),
    _decoder("peerwire", peerwire.decode, lambda message: peerwire.encode(message)[4:]),
    _decoder("peerwire-stream", _frames),
    _decoder("ltep", ltep.ExtensionHandshake.from_wire, _to_wire),
    _decoder("pex", pex.PexMessage.from_wire),
    _decoder("metadata", metadata.decode),
    _decoder("donthave", donthave.DontHave.from_wire, _to_wire),
    _decoder("hashes", hashes.Hashes.from_payload),
    _decoder("hashes-request", hashes.HashRequest.from_payload, hashes.HashRequest.to_payload),
    _decoder("hashes-reject", hashes.HashReject.from_payload, hashes.HashReject.to_payload),
    _decoder("holepunch", holepunch.PunchMessage.from_wire),
    _decoder("tracker_http-answer", read_answer),
    _decoder("tracker_answer", tracker_answer.AnnounceResponse.from_wire),
    _decoder("tracker_http", tracker_http.AnnounceRequest.from_wire),
    _decoder("scrape", scrape.ScrapeResponse.from_wire),
    _decoder("http", lambda data: http.response_body(data, max_body=1 << 20)),
    _decoder("tracker_udp", tracker_udp.response_from_wire, _to_wire),
    _decoder("tracker_udp-v6", lambda data: tracker_udp.response_from_wire(data, ipv6=True)),
    _decoder("tracker_udp-request", tracker_udp.request_from_wire, _to_wire),
    _decoder("krpc", krpc.decode, _to_wire),
    _decoder("bloom", bloom.BloomFilter.from_wire, _to_wire),
    _decoder("compact", lambda data: compact.from_compact(data, 6)),
    _decoder("compact-v6", lambda data: compact.from_compact(data, 18)),
    _decoder("lsd", lsd.LocalAnnounce.from_wire),
    _decoder("utp", utp.Packet.from_wire, _to_wire),
)  # fmt: skip
