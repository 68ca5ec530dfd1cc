# SPDX-License-Identifier: Apache-2.0
"""Inputs that other projects' fuzzers found: nothing but a value or MalformedMessage comes of them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from swarmwitness.terms import MalformedMessage
from swarmwitness.wire import peerwire
from swarmwitness.wire.bencode import decode_prefix, encode
from swarmwitness.wire.ltep import ExtensionHandshake
from swarmwitness.wire.metainfo import Metainfo
from swarmwitness.wire.tracker_answer import AnnounceResponse

pytestmark = pytest.mark.shared


def inputs(folder: Path) -> list[bytes]:
    """Go's corpus format: a line that says so, then []byte("…") or string("…") per argument."""
    found = []
    for file in sorted(folder.rglob("fuzz/*/*")):
        for line in file.read_text().splitlines()[1:]:
            kind, _, quoted = line.partition("(")
            if kind in ("[]byte", "string"):
                # Go and Python spell escapes alike here; a literal beyond ASCII stands for its UTF-8.
                found.append(ast.literal_eval(f"{quoted[:-1]}").encode("latin-1", "replace"))
    return found


def stopped_at(read: Callable[[bytes], object], sample: bytes) -> int:
    """Where the reading was given up; the end, if it was not."""
    try:
        read(sample)
    except MalformedMessage as error:
        return error.offset
    return len(sample)


@pytest.mark.parametrize("project", ["bencode", "peer_protocol"])
def test_corpus(shared: Path, project: str) -> None:
    samples = inputs(shared / "torrents" / "anacrolix-torrent" / project)
    assert samples
    for sample in samples:
        for read in (
            Metainfo.from_wire,
            ExtensionHandshake.from_wire,
            AnnounceResponse.from_wire,
            peerwire.decode,
        ):
            assert 0 <= stopped_at(read, sample) <= len(sample)
        try:
            value, end = decode_prefix(sample, strict=False)
        except MalformedMessage:
            continue
        assert value.raw == sample[:end]
        assert decode_prefix(encode(value))[0].plain() == value.plain()
