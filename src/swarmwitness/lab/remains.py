# SPDX-License-Identifier: Apache-2.0
"""What a writer that was killed left of its log, read by hand: the files, SHA-256, Ed25519, and AES alone.

It shares no code with the log's own reader, so it can say what that reader has to find: how many exhibits
were signed for (docs/evidence-format.md), which they are, and the bytes behind them that nobody signed for.
It is to be read before anybody opens the log again.
"""

from __future__ import annotations

import base64
import hmac
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR

SALT, HEADER, HEAD = 32, 16, 8
MAGIC = b"SWSEG001"
_INSTANT_BYTES = 5 * 8
_PLAIN, _ENVELOPE = b"\x01", 2
_TAG, _CIPHERTEXT = 9, 41
_READABLE = frozenset({"act", "time", "witness", "torrent", "target"})
_NEVER_CLOSED = frozenset({"act", "time", "witness"})


@dataclass(frozen=True, slots=True)
class Told:
    """A durable exhibit of one of the kinds that are no traffic."""

    index: int
    kind: str
    payload: bytes

    @property
    def note(self) -> dict[str, Any]:
        """The payload as JSON; empty where it is none."""
        try:
            note = json.loads(self.payload)
        except ValueError:
            return {}
        return note if isinstance(note, dict) else {}


@dataclass(frozen=True, slots=True)
class Remains:
    """A log as it lies.

    Attributes:
        sealed: Size of the checkpoint.
        after: Size of the checkpoint that the marker stands behind; `sealed` where there is no marker.
        durable: Exhibits that are signed for, sealed or not.
        marker: The file, empty where there is none.
        commitments: Of the durable exhibits, in order.
        told: Those of them that are no traffic.
        torn: Bytes behind the durable exhibits, nobody's.
        beside: What lies beside the folder of an unfinished write or seal.
        enveloped: Which of the durable exhibits are encrypted: their indices, ascending.
        segments: Files that hold exhibits or a beginning of one.
        last_ns: When the last durable exhibit was recorded, UTC; 0 where it does not open.
    """

    sealed: int
    after: int
    durable: int
    marker: bytes
    commitments: tuple[bytes, ...]
    told: tuple[Told, ...]
    torn: bytes
    beside: tuple[str, ...]
    enveloped: tuple[int, ...] = ()
    segments: int = 1
    last_ns: int = 0

    def lost_in(self, later: Remains) -> int:
        """How many of these durable exhibits are missing, or are others, in a later state of the log."""
        kept = sum(a == b for a, b in zip(self.commitments, later.commitments, strict=False))
        return self.durable - kept

    def legible(self, first: int) -> int:
        """How many durable exhibits from this index on lie unencrypted, though of a kind that can be."""
        closed = {index for index in self.enveloped if index >= first}
        spoken = {told.index for told in self._never_closed() if told.index >= first}
        return self.durable - first - len(closed | spoken)

    def closed_wrongly(self, first: int) -> tuple[str, ...]:
        """Kinds of the durable exhibits from this index on that are encrypted and never may be.

        Only what the key opened is known by its kind.
        """
        closed = {index for index in self.enveloped if index >= first}
        return tuple(told.kind for told in self._never_closed() if told.index in closed)

    def _never_closed(self) -> Iterator[Told]:
        return (told for told in self.told if told.kind in _NEVER_CLOSED)


def look(log: Path, content_key: bytes | None = None) -> Remains:
    """Read a log that nobody writes to.

    Args:
        content_key: Opens what is encrypted; without it nothing is told of that.

    Raises:
        ValueError: what is signed for is not there, or not signed, or does not open.
    """
    name, key = _key(log)
    origin, size, root = _signed(log / "checkpoint", name, key)
    if origin != name:
        raise ValueError(f"a checkpoint of {origin}")
    sealed = int(size)
    marker, after, durable, digest = _marker(log, name, key, sealed)
    commitments: list[bytes] = []
    told: list[Told] = []
    enveloped: list[int] = []
    record = b""
    tail, torn = sha256(base64.b64decode(root)), b""
    for index, frame in _frames(log, durable):
        if index < 0:
            torn = frame
            continue
        if index >= sealed:
            tail.update(frame)
        commitments.append(_commitment(index, frame))
        if frame[HEAD + SALT] == _ENVELOPE:
            enveloped.append(index)
        record = _record(index, frame[HEAD:], content_key)
        told += _told(index, record)
    if len(commitments) != durable:
        raise ValueError(f"{durable} exhibits are signed for, {len(commitments)} are there")
    if marker and after == sealed and base64.b64decode(digest) != tail.digest():
        raise ValueError("the durable exhibits are not those that the marker signs for")
    return Remains(
        sealed, after, durable, marker, tuple(commitments), tuple(told), torn, _beside(log),
        tuple(enveloped), len(list((log / "segments").iterdir())), _utc_ns(record),
    )  # fmt: skip


def _marker(log: Path, name: str, key: Ed25519PublicKey, sealed: int) -> tuple[bytes, int, int, str]:
    """The file, and what it says: behind which size, how many are durable, their digest."""
    file = log / "unsealed"
    if not file.exists():
        return b"", sealed, sealed, ""
    origin, behind, count, digest = _signed(file, name, key)
    after, durable = int(behind.removeprefix("unsealed after ")), int(count.removeprefix("durable "))
    if origin != name or after > sealed or (after < sealed and durable != sealed):
        raise ValueError(f"{origin}: a marker behind {after} with {durable}, beside a checkpoint of {sealed}")
    return file.read_bytes(), after, durable, digest


def _commitment(index: int, frame: bytes) -> bytes:
    commitment = sha256(frame[HEAD:]).digest()
    if frame[4:HEAD] != commitment[:4]:
        raise ValueError(f"exhibit {index} fails its check")
    return commitment


def promised(log: Path) -> int:
    """How many exhibits the files call durable at this moment, while somebody writes: a number, unchecked."""
    sizes = [0]
    for name, line, before in (("checkpoint", 1, ""), ("unsealed", 2, "durable ")):
        try:
            sizes.append(int((log / name).read_text(encoding="utf-8").split("\n")[line].removeprefix(before)))
        except FileNotFoundError:
            continue
    return max(sizes)


def _key(log: Path) -> tuple[str, Ed25519PublicKey]:
    name, _, raw = (log / "log.vkey").read_text(encoding="ascii").strip().split("+", 2)
    return name, Ed25519PublicKey.from_public_bytes(base64.b64decode(raw)[1:])


def _signed(file: Path, name: str, key: Ed25519PublicKey) -> list[str]:
    """The lines of a note that this key signed.

    Raises:
        ValueError: it did not.
    """
    text, signature = file.read_text(encoding="utf-8").split("\n\n", 1)
    dash, signer, packed = signature.strip().split(" ")
    if (dash, signer) != ("\u2014", name):
        raise ValueError(f"{file.name} is signed by {signer}")
    try:
        key.verify(base64.b64decode(packed)[4:], f"{text}\n".encode())
    except Exception as error:
        raise ValueError(f"{file.name}: the signature does not hold") from error
    return text.split("\n")


def _frames(log: Path, durable: int) -> Iterator[tuple[int, bytes]]:
    """(index, frame) of what is signed for, then (-1, bytes) of what lies behind, if anything does."""
    index, rest = 0, b""
    for segment in sorted((log / "segments").iterdir()):
        raw = segment.read_bytes()
        at = HEADER if index < durable else 0
        if at and raw[HEAD:HEADER] != struct.pack(">Q", index):
            raise ValueError(f"{segment.name} begins elsewhere than at exhibit {index}")
        while index < durable and at < len(raw):
            end = at + HEAD + int.from_bytes(raw[at : at + 4])
            if end > len(raw):
                raise ValueError(f"exhibit {index} is cut short")
            yield index, raw[at:end]
            index, at = index + 1, end
        rest += raw[at:]
    if rest:
        yield -1, rest


def _record(index: int, body: bytes, content_key: bytes | None) -> bytes:
    """The record in a frame; empty if it is encrypted and there is no key."""
    if body[SALT] != _ENVELOPE:
        return body[SALT:]
    return b"" if content_key is None else _opened(index, body, content_key)


def _opened(index: int, body: bytes, content_key: bytes) -> bytes:
    """The record in an envelope: HKDF-SHA256 by the salt of the frame, the tag, AES-256-CTR."""
    salt, envelope = body[:SALT], body[SALT:]
    whole = hmac.digest(salt, content_key, "sha256")
    whole = hmac.digest(whole, b"swarmwitness exhibit key 1\x01", "sha256")
    first = hmac.digest(whole, b"swarmwitness envelope 1\x01", "sha256")
    second = hmac.digest(whole, first + b"swarmwitness envelope 1\x02", "sha256")
    signed = envelope[1:_TAG] + envelope[_CIPHERTEXT:]
    if hmac.digest(second, signed, "sha256") != envelope[_TAG:_CIPHERTEXT]:
        raise ValueError(f"exhibit {index} is in an envelope that this key did not close")
    opener = Cipher(AES256(first), CTR(bytes(16))).decryptor()
    return opener.update(envelope[_CIPHERTEXT:]) + opener.finalize()


def _told(index: int, record: bytes) -> Iterator[Told]:
    """A record of version 1 of one of the kinds that are read here."""
    if record[:1] != _PLAIN:
        return
    end = 3 + record[2]
    kind = record[3:end].decode("ascii")
    if kind not in _READABLE:
        return
    end += 1 + record[end] + _INSTANT_BYTES
    count = int.from_bytes(record[end : end + 4])
    yield Told(index, kind, record[len(record) - count :])


def _utc_ns(record: bytes) -> int:
    """When a record of version 1 was made; 0 of any other."""
    if record[:1] != _PLAIN:
        return 0
    vantage = 3 + record[2]
    at = vantage + 1 + record[vantage] + 8
    return int.from_bytes(record[at : at + 8], signed=True)


def _beside(log: Path) -> tuple[str, ...]:
    names = (f".{log.name}.{what}" for what in ("unsealed", "checkpoint", "sealing"))
    return tuple(name for name in names if (log.parent / name).exists())
