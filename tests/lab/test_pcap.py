# SPDX-License-Identifier: Apache-2.0
"""Streams come out whole, whatever the order, repetition and cutting of their segments."""

from __future__ import annotations

import itertools
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.lab.pcap import read_packets, streams_from
from swarmwitness.terms import MalformedMessage

A, B = "198.18.1.1:6881", "198.18.1.2:50000"
DATA = bytes(range(256)) * 8


def joined(
    packets: Any, path: Path, frames: list[bytes], address: str = "198.18.1.1"
) -> list[tuple[bytes, int]]:
    """The streams of an address."""
    return [stream.joined() for stream in streams_from(packets.write_pcap(path, frames), address)[0]]


@given(
    cuts=st.lists(st.integers(1, len(DATA) - 1), max_size=12, unique=True).map(sorted),
    order=st.randoms(use_true_random=False),
    start=st.sampled_from([0, 7, 2**32 - 100, 2**32 - 1]),
    overlap=st.integers(0, 30),
)
def test_any_order_with_repeats_and_overlaps(
    packets: Any,
    tmp_path_factory: pytest.TempPathFactory,
    cuts: list[int],
    order: Random,
    start: int,
    overlap: int,
) -> None:
    ends = [0, *cuts, len(DATA)]
    segments = [
        packets.tcp(A, B, start + 1 + max(0, low - overlap), DATA[max(0, low - overlap) : high])
        for low, high in itertools.pairwise(ends)
    ]
    segments += segments[: len(segments) // 2]
    order.shuffle(segments)
    frames = [packets.tcp(A, B, start, b"", packets.SYN), *segments, packets.tcp(B, A, 5, b"other way")]
    assert joined(packets, tmp_path_factory.getbasetemp() / "any.pcap", frames) == [(DATA, 0)]


def test_a_hole_ends_the_stream_and_what_follows_is_lost(packets: Any, tmp_path: Path) -> None:
    frames = [
        packets.tcp(A, B, 9, b"", packets.SYN),
        packets.tcp(A, B, 10, b"abc"),
        packets.tcp(A, B, 14, b"xyz"),
    ]
    assert joined(packets, tmp_path / "p", frames) == [(b"abc", 3)]


def test_a_reused_port_is_another_stream(packets: Any, tmp_path: Path) -> None:
    frames = [
        packets.tcp(A, B, 9, b"", packets.SYN), packets.tcp(A, B, 10, b"one"),
        packets.tcp(A, B, 99, b"", packets.SYN), packets.tcp(A, B, 100, b"two"),
    ]  # fmt: skip
    assert joined(packets, tmp_path / "p", frames) == [(b"one", 0), (b"two", 0)]


def test_ipv6_large_segments_and_datagrams(packets: Any, tmp_path: Path) -> None:
    big = bytes(65_600)
    frames = [
        packets.tcp("2001:db8::1:1", "2001:db8::2:2", 0, b"six"),
        packets.tcp(A, B, 0, big),
        packets.udp(A, B, b"12345"),
        b"\x00" * 12 + b"\x08\x06" + bytes(28),
        b"\x00" * 10,
    ]
    path = packets.write_pcap(tmp_path / "p", frames)
    assert [stream.joined() for stream in streams_from(path, "2001:db8::1")[0]] == [(b"six", 0)]
    streams, datagram_bytes = streams_from(path, "198.18.1.1")
    assert [stream.joined() for stream in streams] == [(big, 0)]
    assert datagram_bytes == 5
    assert len(list(read_packets(path))) == 3


def test_what_is_no_whole_capture_is_refused(packets: Any, tmp_path: Path) -> None:
    good = packets.write_pcap(tmp_path / "p", [packets.tcp(A, B, 0, b"data")]).read_bytes()
    refused = {"empty": b"", "junk": b"x" * 40, "linktype": good[:20] + b"\x65" + good[21:]}
    refused |= {f"cut at {at}": good[:at] for at in range(25, len(good))}
    refused["huge"] = good[:32] + b"\xff\xff\xff\x7f" + good[36:]
    for raw in refused.values():
        path = tmp_path / "bad"
        path.write_bytes(raw)
        with pytest.raises(MalformedMessage):
            list(read_packets(path))
