# SPDX-License-Identifier: Apache-2.0
"""docs/evidence-format.md followed by somebody who has only the page: no import from the package below."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR

MakeLog = Callable[..., Path]

PINNED = """example.org/log
14
+Q8W86nHrK9XJxYt9bjWM4BF6fhjeENtzpiY4eAporM=

— example.org/log mK8CO4O7h3ZxEQP1NixO6CE5c2ZSDdvlBTxqJPU+pIUirqRhOmSHHwzmOOP3bW7sprWHY/qPhGC5++AYjffpcZ8tHAs=
"""
PINNED_FILES = "22e6df5d609fc1f4e5f879c758309a403f0561d2eafae210d55d1cd84e016387"
"""SHA-256 over path, zero byte and content of each file, as the first release wrote them."""


CONTENT_KEY = bytes(range(32))


def bodies(folder: Path) -> list[bytes]:
    found: list[bytes] = []
    for segment in sorted((folder / "segments").iterdir()):
        raw, at = segment.read_bytes(), 16
        while at < len(raw):
            end = at + 8 + int.from_bytes(raw[at : at + 4], "big")
            found.append(raw[at + 8 : end])
            at = end
    return found


def commitments(folder: Path) -> list[bytes]:
    found: list[bytes] = []
    for segment in sorted((folder / "segments").iterdir()):
        raw = segment.read_bytes()
        assert raw[:8] == b"SWSEG001"
        assert int.from_bytes(raw[8:16], "big") == len(found) == int(segment.stem)
        at = 16
        while at < len(raw):
            length = int.from_bytes(raw[at : at + 4], "big")
            body = raw[at + 8 : at + 8 + length]
            if body[32]:
                digest = sha256(body).digest()
            else:
                digest = body[:32]
                assert not any(body[32:])
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


def check_folder(folder: Path, due: int) -> list[bytes]:
    """Checkpoint, key, tiles and entries of a log of 513 to 767 exhibits; returns the commitments."""
    text, _, line = (folder / "checkpoint").read_text().rpartition("\n\n")
    origin, size, root = text.split("\n")
    found = commitments(folder)
    leaves = [sha256(b"\0\1" + commitment).digest() for commitment in found]
    assert int(size) == len(found) == due
    assert base64.b64decode(root) == tree_root(leaves)

    name, key_id, packed = (folder / "log.vkey").read_text().removesuffix("\n").split("+", 2)
    public = base64.b64decode(packed)
    assert name == origin
    assert public[:1] == b"\1"
    assert sha256(origin.encode() + b"\n" + public).digest()[:4].hex() == key_id
    signature = base64.b64decode(line.removeprefix(f"— {origin} "))
    assert signature[:4].hex() == key_id
    Ed25519PublicKey.from_public_bytes(public[1:]).verify(signature[4:], text.encode() + b"\n")

    names = ("000", "001", f"002.p/{due - 512}")
    entries = b"".join((folder / "tile/entries" / part).read_bytes() for part in names)
    assert entries == b"".join(b"\x00\x21\x01" + commitment for commitment in found)
    assert b"".join((folder / "tile/0" / part).read_bytes() for part in names) == b"".join(leaves)
    upper = (folder / "tile/1/000.p/2").read_bytes()
    assert upper == tree_root(leaves[:256]) + tree_root(leaves[256:512])
    return found


def test_the_page_is_enough_to_check_a_log(make_log: MakeLog) -> None:
    check_folder(make_log(700, segment_bytes=20_000), 702)


@pytest.mark.parametrize("content_key", [None, CONTENT_KEY])
def test_the_page_is_enough_to_check_what_is_left_of_a_log(
    make_log: MakeLog, erase: Callable[[Path, Iterable[int]], int], content_key: bytes | None
) -> None:
    """Erased exhibits keep their commitments; the act says which they are and how long their frames were."""
    folder = make_log(700, segment_bytes=20_000, content_key=content_key)
    before, whole = check_folder(folder, 702), bodies(folder)
    assert erase(folder, range(100, 300)) == 200
    assert check_folder(folder, 704)[:702] == before
    left = bodies(folder)
    assert [index for index, body in enumerate(left) if not body[32]] == list(range(100, 300))
    assert [len(body) for body in left[:702]] == [len(body) for body in whole]
    assert left[:100] == whole[:100]
    payload = left[702][left[702].index(b'{"act":"erased",') :]
    on = json.loads(payload)["on"]
    assert on["ranges"] == "100-299"
    lengths = b"".join(len(body).to_bytes(4, "big") for body in whole[100:300])
    assert on["lengths"] == sha256(lengths).hexdigest()


def test_an_envelope_is_opened_by_the_page(make_log: MakeLog) -> None:
    """HKDF by RFC 5869 in its own words; AES alone is a library's."""
    body = bodies(make_log(3, content_key=CONTENT_KEY))[2]
    salt, version, key_id, tag, ciphertext = body[:32], body[32], body[33:41], body[41:73], body[73:]
    assert version == 2
    assert key_id == sha256(b"swarmwitness content key\n" + CONTENT_KEY).digest()[:8]
    extracted = hmac.digest(salt, CONTENT_KEY, "sha256")
    exhibit_key = hmac.digest(extracted, b"swarmwitness exhibit key 1\1", "sha256")
    enc = hmac.digest(exhibit_key, b"swarmwitness envelope 1\1", "sha256")
    mac = hmac.digest(exhibit_key, enc + b"swarmwitness envelope 1\2", "sha256")
    assert hmac.digest(mac, key_id + ciphertext, "sha256") == tag
    record = Cipher(AES256(enc), CTR(bytes(16))).decryptor().update(ciphertext)
    assert record[:6] == b"\x01\x01\x03tcp"
    assert record.endswith(b"payload 1")


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
    whole = sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        whole.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    assert whole.hexdigest() == PINNED_FILES


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
    lines = [line for line in source.splitlines() if line.lstrip().startswith(("import ", "from "))]
    assert not [line for line in lines if "swarm" + "witness" in line]
