# SPDX-License-Identifier: Apache-2.0
"""docs/evidence-format.md followed by somebody who has only the page: no import from the package below."""

from __future__ import annotations

import base64
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MakeLog = Callable[..., Path]

PINNED = """example.org/log
14
+Q8W86nHrK9XJxYt9bjWM4BF6fhjeENtzpiY4eAporM=

— example.org/log mK8CO4O7h3ZxEQP1NixO6CE5c2ZSDdvlBTxqJPU+pIUirqRhOmSHHwzmOOP3bW7sprWHY/qPhGC5++AYjffpcZ8tHAs=
"""


def commitments(folder: Path) -> list[bytes]:
    found: list[bytes] = []
    for segment in sorted((folder / "segments").iterdir()):
        raw = segment.read_bytes()
        assert raw[:8] == b"SWSEG001"
        assert int.from_bytes(raw[8:16], "big") == len(found) == int(segment.stem)
        at = 16
        while at < len(raw):
            length = int.from_bytes(raw[at : at + 4], "big")
            digest = sha256(raw[at + 8 : at + 8 + length]).digest()
            assert raw[at + 4 : at + 8] == digest[:4]
            found.append(digest)
            at += 8 + length
        assert at == len(raw)
    return found


def tree_root(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1" + tree_root(leaves[:split]) + tree_root(leaves[split:])).digest()


def test_the_page_is_enough_to_check_a_log(make_log: MakeLog) -> None:
    folder = make_log(700, segment_bytes=20_000)
    text, _, line = (folder / "checkpoint").read_text().rpartition("\n\n")
    origin, size, root = text.split("\n")
    due = commitments(folder)
    leaves = [sha256(b"\0\1" + commitment).digest() for commitment in due]
    assert int(size) == len(due) == 702
    assert base64.b64decode(root) == tree_root(leaves)

    name, key_id, packed = (folder / "log.vkey").read_text().removesuffix("\n").split("+", 2)
    public = base64.b64decode(packed)
    assert name == origin
    assert public[:1] == b"\1"
    assert sha256(origin.encode() + b"\n" + public).digest()[:4].hex() == key_id
    signature = base64.b64decode(line.removeprefix(f"— {origin} "))
    assert signature[:4].hex() == key_id
    Ed25519PublicKey.from_public_bytes(public[1:]).verify(signature[4:], text.encode() + b"\n")

    bundles = [folder / "tile/entries" / part for part in ("000", "001", "002.p/190")]
    entries = b"".join(bundle.read_bytes() for bundle in bundles)
    assert entries == b"".join(b"\x00\x21\x01" + commitment for commitment in due)
    tiles = [folder / "tile/0" / part for part in ("000", "001", "002.p/190")]
    assert b"".join(tile.read_bytes() for tile in tiles) == b"".join(leaves)
    upper = (folder / "tile/1/000.p/2").read_bytes()
    assert upper == tree_root(leaves[:256]) + tree_root(leaves[256:512])


def test_a_record_is_read_by_the_page(make_log: MakeLog) -> None:
    folder = make_log(1)
    raw = (folder / "segments" / f"{0:020d}.seg").read_bytes()
    first = int.from_bytes(raw[16:20], "big")
    record = raw[24 + first :][8 + 32 :][: int.from_bytes(raw[24 + first :][:4], "big") - 32]
    assert record[:6] == b"\x01\x02\x03tcp"
    assert record[6:16] == b"\x09vantage-1"
    numbers = [int.from_bytes(record[at : at + 8], "big", signed=True) for at in range(16, 56, 8)]
    assert numbers == [1, 10**18, 0, -3, 1000]
    assert int.from_bytes(record[56:60], "big") == len(b"payload 0")
    assert record[60:67] == b"\x04" + bytes((127, 0, 0, 1)) + (40000).to_bytes(2, "big")
    assert record[67:74] == b"\x04" + bytes((127, 0, 0, 9)) + (6881).to_bytes(2, "big")
    assert record[74:] == b"payload 0"


def test_the_format_has_not_moved(make_log: MakeLog) -> None:
    """The same exhibits, salts and key give these bytes for ever; a change here is a new format."""
    folder = make_log(12)
    assert (folder / "checkpoint").read_text() == PINNED


def test_the_marker_is_read_by_the_page(make_log: MakeLog, add_tail: Callable[[Path], None]) -> None:
    """A log of 14 sealed exhibits and 3 durable ones: what the four lines say, and the digest recomputed."""
    folder = make_log(12, segment_bytes=700)
    add_tail(folder)
    text, _, line = (folder / "unsealed").read_text().rpartition("\n\n")
    origin, after, durable, packed = text.split("\n")
    assert (origin, after, durable) == ("example.org/log", "unsealed after 14", "durable 17")
    frames: list[bytes] = []
    for segment in sorted((folder / "segments").iterdir()):
        raw, at = segment.read_bytes(), 16
        while at < len(raw):
            end = at + 8 + int.from_bytes(raw[at : at + 4], "big")
            frames.append(raw[at:end])
            at = end
    assert len(frames) == 17
    root = base64.b64decode((folder / "checkpoint").read_text().split("\n")[2])
    assert base64.b64decode(packed) == sha256(root + b"".join(frames[14:])).digest()
    public = base64.b64decode((folder / "log.vkey").read_text().split("+", 2)[2])
    signature = base64.b64decode(line.removeprefix(f"— {origin} "))
    Ed25519PublicKey.from_public_bytes(public[1:]).verify(signature[4:], text.encode() + b"\n")


def test_nothing_above_imports_the_package() -> None:
    source = Path(__file__).read_text()
    assert "swarm" + "witness" not in source.replace("docs/evidence-format.md", "")
