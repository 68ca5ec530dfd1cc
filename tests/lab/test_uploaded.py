# SPDX-License-Identifier: Apache-2.0
"""Bytes of works are counted from the packets; what cannot be read is never counted as nothing."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

from swarmwitness.lab.heard import Key
from swarmwitness.lab.uploaded import Secrets, Sent, payload_sent_by, sent_by
from swarmwitness.swarm.mse.exchange import Initiator, Responder
from swarmwitness.swarm.mse.keys import among
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.terms import Endpoint, InfoHash
from swarmwitness.wire import bencode, peerwire, utp

A, B, ADDRESS = "198.18.1.1:6881", "198.18.1.2:50000", "198.18.1.1"
HELLO = peerwire.Handshake(bytes(8), bytes(20), b"-LT2110-abcdefghijkl").to_wire()


def framed(number: int, payload: bytes) -> bytes:
    """A message, built by hand: our own encoder refuses what carries content."""
    return struct.pack(">IB", 1 + len(payload), number) + payload


PIECE = framed(7, struct.pack(">II", 3, 16384) + b"w" * 1000)
METADATA = framed(20, b"\x03" + bencode.encode({b"msg_type": 1, b"piece": 0}) + b"m" * 70)
HASHES = framed(22, bytes(48) + b"h" * 64)
HARMLESS = peerwire.encode(peerwire.Interested()) + peerwire.encode(peerwire.KeepAlive())


def sent(packets: Any, path: Path, data: bytes, *, at: int = 0, hole: int = 0) -> Sent:
    """What a stream of A with these bytes counts for; `hole` bytes are missing behind `at`."""
    frames = [packets.tcp(A, B, 0, b"", packets.SYN)]
    frames += [packets.tcp(A, B, 1, data[: at or len(data)])]
    frames += [packets.tcp(A, B, 1 + at + hole, data[at + hole :])] if at else []
    frames += [packets.tcp(B, A, 1, HELLO + PIECE)]
    return sent_by(packets.write_pcap(path, frames), ADDRESS)


def test_content_of_each_kind_is_counted(packets: Any, tmp_path: Path) -> None:
    found = sent(packets, tmp_path / "p", HELLO + HARMLESS + PIECE + METADATA + HASHES + PIECE)
    assert (found.piece_bytes, found.metadata_bytes, found.hash_bytes) == (2000, 70, 112)
    assert (found.opaque_bytes, found.peer_streams) == (0, 1)
    assert found.payload_bytes == 2182


def test_an_observer_counts_as_nothing(packets: Any, tmp_path: Path) -> None:
    handshake = framed(20, b"\x00" + bencode.encode({b"m": {b"ut_pex": 1}, b"v": b"swarmwitness/0.2.0"}))
    ask = framed(20, b"\x03" + bencode.encode({b"msg_type": 0, b"piece": 0}))
    data = HELLO + handshake + HARMLESS + peerwire.encode(peerwire.Request(0, 0, 16384)) + ask
    found = sent(packets, tmp_path / "p", data)
    assert found.payload_bytes == 0
    assert found.stream_bytes == len(data)


def test_what_cannot_be_read_is_opaque(packets: Any, tmp_path: Path) -> None:
    encrypted = bytes(range(256)) * 3
    assert sent(packets, tmp_path / "a", encrypted).opaque_bytes == len(encrypted)
    cut = HELLO + PIECE[:500]
    assert sent(packets, tmp_path / "b", cut).opaque_bytes == 500
    whole = HELLO + PIECE + PIECE
    holed = sent(packets, tmp_path / "c", whole, at=len(HELLO) + len(PIECE), hole=100)
    assert (holed.piece_bytes, holed.opaque_bytes) == (1000, len(PIECE) - 100)
    absurd = HELLO + struct.pack(">I", 2**31) + b"x" * 50
    assert sent(packets, tmp_path / "d", absurd).opaque_bytes >= 50
    malformed = HELLO + framed(7, b"123")
    assert sent(packets, tmp_path / "e", malformed).opaque_bytes > 0


def test_a_request_to_a_tracker_carries_no_work(packets: Any, tmp_path: Path) -> None:
    found = sent(packets, tmp_path / "p", b"GET /announce?info_hash=x HTTP/1.1\r\n\r\n")
    assert (found.payload_bytes, found.peer_streams) == (0, 0)


def test_datagrams_are_not_taken_for_nothing(packets: Any, tmp_path: Path) -> None:
    path = packets.write_pcap(tmp_path / "p", [packets.udp(A, B, b"utp, perhaps")])
    assert payload_sent_by(path, ADDRESS) == len(b"utp, perhaps")
    assert payload_sent_by(path, "198.18.1.9") == 0


TORRENT = Torrent.of(InfoHash(bytes(range(20))))
ENDS = (Endpoint.from_text(A), Endpoint.from_text(B))
PRIVATE, OTHER = bytes(range(20)), bytes(range(20, 40))


def exchanged(said: bytes) -> tuple[bytes, bytes]:
    """What both sides of an encrypted exchange put on the wire when we, the caller, say this."""
    caller = Initiator(TORRENT, PRIVATE, bytes(600), plain_ok=False)
    called = Responder(among(lambda: [TORRENT]), OTHER, bytes(600))
    ours, theirs = caller.begin(), b""
    caller.say(said[:68])
    waiting = ours
    while waiting:
        out, _ = called.hear(waiting)
        theirs += out
        waiting, _ = caller.hear(out) if out else (b"", b"")
        ours += waiting
    return ours + caller.say(said[68:]), theirs


def test_an_encrypted_exchange_is_read_with_our_key(packets: Any, tmp_path: Path) -> None:
    ours, theirs = exchanged(HELLO + HARMLESS + PIECE + METADATA)
    frames = [packets.tcp(A, B, 0, b"", packets.SYN), packets.tcp(A, B, 1, ours)]
    frames += [packets.tcp(B, A, 0, b"", packets.SYN), packets.tcp(B, A, 1, theirs)]
    path = packets.write_pcap(tmp_path / "p", frames)
    secrets = Secrets({ENDS: (Key("initiator", bytes(20)), Key("initiator", PRIVATE))}, (TORRENT,))
    found = sent_by(path, ADDRESS, secrets)
    assert (found.piece_bytes, found.metadata_bytes, found.opaque_bytes) == (1000, 70, 0)
    assert found.peer_streams == 1
    assert sent_by(path, ADDRESS).opaque_bytes == len(ours)
    wrong = Secrets({ENDS: (Key("initiator", bytes(20)),)}, (TORRENT,))
    assert sent_by(path, ADDRESS, wrong).opaque_bytes == len(ours)


def test_a_key_that_nobody_answered_carries_nothing(packets: Any, tmp_path: Path) -> None:
    ours = Initiator(TORRENT, PRIVATE, bytes(600)).begin()
    frames = [packets.tcp(A, B, 0, b"", packets.SYN), packets.tcp(A, B, 1, ours)]
    path = packets.write_pcap(tmp_path / "p", frames)
    secrets = Secrets({ENDS: (Key("initiator", PRIVATE),)}, (TORRENT,))
    assert sent_by(path, ADDRESS, secrets).payload_bytes == 0
    more = packets.write_pcap(tmp_path / "q", [*frames, packets.tcp(A, B, 1 + len(ours), bytes(700))])
    assert sent_by(more, ADDRESS, secrets).opaque_bytes == len(ours) + 700


def utp_packet(kind: utp.PacketType, number: int, seq: int, ack: int, data: bytes = b"") -> bytes:
    """A datagram of uTP."""
    return utp.Packet(kind, number, seq, ack, window_bytes=1 << 20, payload=data).to_wire()


def test_utp_is_put_together_from_its_datagrams(packets: Any, tmp_path: Path) -> None:
    said = HELLO + HARMLESS + PIECE
    half = len(said) // 2
    kinds = utp.PacketType
    frames = [
        packets.udp(A, B, utp_packet(kinds.SYN, 7, 1, 0)),
        packets.udp(B, A, utp_packet(kinds.STATE, 7, 50, 1)),
        packets.udp(A, B, utp_packet(kinds.DATA, 8, 3, 49, said[half:])),
        packets.udp(A, B, utp_packet(kinds.DATA, 8, 2, 49, said[:half])),
        packets.udp(A, B, utp_packet(kinds.DATA, 8, 2, 49, said[:half])),
        packets.udp(A, B, utp_packet(kinds.DATA, 99, 2, 49, b"of no connection")),
    ]
    found = sent_by(packets.write_pcap(tmp_path / "p", frames), ADDRESS)
    assert (found.piece_bytes, found.peer_streams) == (1000, 1)
    assert found.datagram_bytes == 20 + len(b"of no connection")
    assert found.opaque_bytes == 0


def test_utp_behind_a_hole_is_opaque(packets: Any, tmp_path: Path) -> None:
    said = HELLO + HARMLESS + PIECE
    kinds = utp.PacketType
    frames = [
        packets.udp(A, B, utp_packet(kinds.SYN, 7, 1, 0)),
        packets.udp(B, A, utp_packet(kinds.STATE, 7, 50, 1)),
        packets.udp(A, B, utp_packet(kinds.DATA, 8, 3, 49, said[200:])),
    ]
    found = sent_by(packets.write_pcap(tmp_path / "p", frames), ADDRESS)
    assert (found.piece_bytes, found.opaque_bytes) == (0, len(said) - 200)
