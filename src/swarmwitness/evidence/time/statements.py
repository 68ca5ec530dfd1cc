# SPDX-License-Identifier: Apache-2.0
"""What others said about a checkpoint, as payloads of the exhibit kinds `time` and `witness`.

Canonical JSON (sorted keys, no blanks, ASCII), one spelling each:

    {"act":"timestamped","authority":URL,"checkpoint":NOTE,"query":BASE64,"reply":BASE64,"roots":PEM}
    {"act":"cosigned","checkpoint":NOTE,"cosignature":LINE,"witness":VKEY}

They are recorded as exhibits, so that each byte of them is under the next checkpoint: a token has bytes that
no verifier of tokens looks at.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.note import strict_base64
from swarmwitness.evidence.onejson import object_from
from swarmwitness.evidence.time.cosignature import Cosignature, WitnessKey
from swarmwitness.terms import MalformedMessage

TIME, WITNESS = "time", "witness"
MOST_BYTES = 2 * 1024 * 1024
_STAMPED = ("act", "authority", "checkpoint", "query", "reply", "roots")
_COSIGNED = ("act", "checkpoint", "cosignature", "witness")


@dataclass(frozen=True, slots=True)
class Timestamped:
    """A time authority's answer about a checkpoint; what it is worth `token.check_token` says.

    Attributes:
        authority: URL that was asked.
        query, reply: DER, as sent and as received.
        roots: PEM certificates that the operator named; b"" if none.
    """

    authority: str
    checkpoint: Checkpoint
    query: bytes
    reply: bytes
    roots: bytes

    def to_payload(self) -> bytes:
        """The payload of an exhibit of kind `time`.

        Raises:
            UnicodeDecodeError: the roots are not ASCII.
        """
        return canonical(
            {
                "act": "timestamped",
                "authority": self.authority,
                "checkpoint": self.checkpoint.to_wire().decode(),
                "query": base64.b64encode(self.query).decode(),
                "reply": base64.b64encode(self.reply).decode(),
                "roots": self.roots.decode("ascii"),
            }
        )

    @classmethod
    def from_payload(cls, payload: bytes) -> Timestamped:
        """Read what `to_payload` writes.

        Raises:
            MalformedMessage: any other bytes.
        """
        said = _fields(payload, "timestamped", _STAMPED)
        return cls(
            said["authority"],
            _checkpoint(said["checkpoint"]),
            strict_base64(said["query"]),
            strict_base64(said["reply"]),
            _ascii(said["roots"]),
        )


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A witness's cosignature of a checkpoint; whether it is valid `cosignature.verifies` says."""

    checkpoint: Checkpoint
    witness: WitnessKey
    cosignature: Cosignature

    def to_payload(self) -> bytes:
        """The payload of an exhibit of kind `witness`."""
        return canonical(
            {
                "act": "cosigned",
                "checkpoint": self.checkpoint.to_wire().decode(),
                "cosignature": self.cosignature.to_text(),
                "witness": self.witness.to_text(),
            }
        )

    @classmethod
    def from_payload(cls, payload: bytes) -> Cosigned:
        """Read what `to_payload` writes.

        Raises:
            MalformedMessage: any other bytes.
        """
        said = _fields(payload, "cosigned", _COSIGNED)
        return cls(
            _checkpoint(said["checkpoint"]),
            WitnessKey.from_text(said["witness"]),
            Cosignature.from_text(said["cosignature"]),
        )


def read_statement(kind: str, payload: bytes) -> Timestamped | Cosigned:
    """Read the payload of an exhibit of kind `time` or `witness`.

    Raises:
        MalformedMessage: not the one spelling of such a statement.
    """
    if kind == TIME:
        return Timestamped.from_payload(payload)
    if kind == WITNESS:
        return Cosigned.from_payload(payload)
    raise MalformedMessage(f"no statement is of kind {kind!r}")


def canonical(said: dict[str, str]) -> bytes:
    """JSON in its one spelling here."""
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def _fields(payload: bytes, act: str, names: tuple[str, ...]) -> dict[str, str]:
    if len(payload) > MOST_BYTES:
        raise MalformedMessage("the statement is too long", MOST_BYTES)
    said = {name: value for name, value in object_from(payload).items() if isinstance(value, str)}
    if tuple(sorted(said)) != names or said["act"] != act or canonical(said) != payload:
        raise MalformedMessage(f"not the one spelling of an act {act!r}")
    return said


def _checkpoint(text: str) -> Checkpoint:
    try:
        return Checkpoint.from_wire(text.encode())
    except UnicodeEncodeError:  # a lone surrogate, which JSON can spell
        raise MalformedMessage("the checkpoint is not text") from None


def _ascii(text: str) -> bytes:
    try:
        return text.encode("ascii")
    except UnicodeEncodeError:
        raise MalformedMessage("the root certificates are not ASCII") from None
