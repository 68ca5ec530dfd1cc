# SPDX-License-Identifier: Apache-2.0
"""C2SP signed notes with Ed25519 signatures, and the text form of their keys.

Source: c2sp.org/signed-note (v1.0.0). A note is text, an empty line, and signature lines
`— NAME base64(key id || signature)`. Base64 is read strictly: one spelling per value.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from swarmwitness.terms import MalformedMessage

MAX_NOTE = 64 * 1024
MAX_SIGNATURES = 64
_DASH = "— "


@dataclass(frozen=True, slots=True)
class NamedKey:
    """A public Ed25519 key with the name that it signs under. Its kind tells what its signatures mean, and
    is part of its id: a key of one kind is never taken for one of another."""

    KIND: ClassVar[bytes]

    name: str
    public: bytes

    def __post_init__(self) -> None:
        check_key_name(self.name)
        if len(self.public) != 32:
            raise ValueError(f"an Ed25519 public key has 32 bytes, not {len(self.public)}")

    @classmethod
    def of(cls, name: str, key: Ed25519PrivateKey) -> Self:
        """The public half of a signing key."""
        return cls(name, key.public_key().public_bytes_raw())

    @property
    def key_id(self) -> bytes:
        """Four bytes that name the key in a signature line."""
        return sha256(self.name.encode() + b"\n" + self.KIND + self.public).digest()[:4]

    def to_text(self) -> str:
        """`NAME+HEX_KEY_ID+BASE64(kind || public key)`."""
        packed = base64.b64encode(self.KIND + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{packed}"

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what `to_text` writes.

        Raises:
            MalformedMessage: any other spelling, another kind, a key id that does not fit.
        """
        parts = text.split("+", 2)
        if len(parts) != 3:
            raise MalformedMessage("a public key is NAME+KEYID+KEY")
        packed = strict_base64(parts[2])
        try:
            key = cls(parts[0], packed[1:])
        except ValueError as error:
            raise MalformedMessage(str(error)) from None
        if key.to_text() != text:
            raise MalformedMessage(f"the key is not of type 0x{cls.KIND.hex()}, or its id does not fit")
        return key


@dataclass(frozen=True, slots=True)
class VerifyKey(NamedKey):
    """A key that signs notes (for a log: named after its origin)."""

    KIND = b"\x01"

    def verifies(self, text: str, signature: bytes) -> bool:
        """Whether the signature over the note's text is this key's."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line."""

    name: str
    key_id: bytes
    signature: bytes

    def to_text(self) -> str:
        """The line, with its newline."""
        packed = base64.b64encode(self.key_id + self.signature).decode()
        return f"{_DASH}{self.name} {packed}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """Text that ends in a newline, with its signatures in order."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def sign(cls, text: str, name: str, key: Ed25519PrivateKey) -> Note:
        """Sign a text under a name."""
        check_note_text(text)
        line = Signature(name, VerifyKey.of(name, key).key_id, key.sign(text.encode()))
        return cls(text, (line,))

    def to_wire(self) -> bytes:
        """The note's bytes."""
        return (self.text + "\n" + "".join(line.to_text() for line in self.signatures)).encode()

    @classmethod
    def from_wire(cls, raw: bytes) -> Note:
        """Read a note; signatures are not checked here.

        Raises:
            MalformedMessage: not a note, or a note that we would spell otherwise.
        """
        if len(raw) > MAX_NOTE:
            raise MalformedMessage("the note is too long", MAX_NOTE)
        try:
            whole = raw.decode()
        except UnicodeDecodeError as error:
            raise MalformedMessage("the note is not UTF-8", error.start) from None
        text, blank, lines = whole.rpartition("\n\n")
        if not blank or not lines.endswith("\n"):
            raise MalformedMessage("a note is text, an empty line and signature lines", len(raw))
        found = lines.removesuffix("\n").split("\n")
        if len(found) > MAX_SIGNATURES:
            raise MalformedMessage("too many signatures", len(text))
        note = cls(text + "\n", tuple(_signature(line) for line in found))
        _check(note.text)
        if note.to_wire() != raw:
            raise MalformedMessage("not the one spelling of this note")
        return note

    def signed_by(self, key: VerifyKey) -> bool:
        """Whether the key signed; a bad signature beside a good one of the same key does not count."""
        own = [line for line in self.signatures if (line.name, line.key_id) == (key.name, key.key_id)]
        return bool(own) and all(key.verifies(self.text, line.signature) for line in own)


def check_key_name(name: str) -> None:
    """Key names and origins: visible ASCII without plus (C2SP asks for no spaces, no plus).

    Raises:
        ValueError: anything else, or more than 200 characters.
    """
    if not 0 < len(name) <= 200 or any(not "!" <= char <= "~" or char == "+" for char in name):
        raise ValueError(f"a key name is 1-200 visible ASCII characters without '+', not {name!r}")


def check_note_text(text: str) -> None:
    """Raise ValueError for a text that cannot be signed as a note."""
    if not text.endswith("\n") or any(char < " " and char != "\n" for char in text):
        raise ValueError("the text of a note ends in a newline and has no other control characters")


def strict_base64(text: str) -> bytes:
    """Standard base64 with padding, in its one canonical spelling.

    Raises:
        MalformedMessage: anything else.
    """
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise MalformedMessage("not base64") from None
    if base64.b64encode(raw).decode() != text:
        raise MalformedMessage("not canonical base64")
    return raw


def _check(text: str) -> None:
    try:
        check_note_text(text)
    except ValueError as error:
        raise MalformedMessage(str(error)) from None


def _signature(line: str) -> Signature:
    parts = line.removeprefix(_DASH).split(" ")
    if not line.startswith(_DASH) or len(parts) != 2:
        raise MalformedMessage("not a signature line")
    packed = strict_base64(parts[1])
    if len(packed) < 5:
        raise MalformedMessage("the signature is too short")
    try:
        check_key_name(parts[0])
    except ValueError as error:
        raise MalformedMessage(str(error)) from None
    return Signature(parts[0], packed[:4], packed[4:])
