# SPDX-License-Identifier: Apache-2.0
"""The bundle's statement: an in-toto Statement (v1) in a DSSE envelope, with one Ed25519 signature.

Sources: in-toto attestation framework v1; DSSE protocol v1.0.0 (its PAE gives the signed bytes). The key also
signs notes; neither can be taken for the other: the first line of a note is an origin and has no blanks.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from swarmwitness.evidence.bundle.canonical import from_canonical, to_canonical
from swarmwitness.evidence.note import VerifyKey, strict_base64
from swarmwitness.terms import MalformedMessage

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:swarmwitness:bundle:1"
MAX_STATEMENT = 256 * 1024


@dataclass(frozen=True, slots=True)
class Statement:
    """What a signed statement says of a bundle.

    Attributes:
        subject: SHA-256 in hexadecimal by file name.
        predicate: Plain values: bundle, case, filter, logs.
    """

    subject: Mapping[str, str]
    predicate: Mapping[str, object]

    def to_payload(self) -> bytes:
        """The in-toto Statement, canonical."""
        named = sorted(self.subject.items())
        return to_canonical(
            {
                "_type": STATEMENT_TYPE,
                "predicate": dict(self.predicate),
                "predicateType": PREDICATE_TYPE,
                "subject": [{"digest": {"sha256": digest}, "name": name} for name, digest in named],
            }
        )

    @classmethod
    def from_payload(cls, raw: bytes) -> Statement:
        """Read what `to_payload` writes.

        Raises:
            MalformedMessage: anything else.
        """
        said = from_canonical(raw)
        subject, predicate = said.get("subject"), said.get("predicate")
        if not isinstance(subject, list) or not isinstance(predicate, dict):
            raise MalformedMessage("not a statement about a bundle")
        try:
            statement = cls({each["name"]: each["digest"]["sha256"] for each in subject}, predicate)
            respelled = statement.to_payload()
        except (KeyError, TypeError):
            raise MalformedMessage("not a statement about a bundle") from None
        if respelled != raw:
            raise MalformedMessage("not a statement about a bundle")
        return statement


@dataclass(frozen=True, slots=True)
class Envelope:
    """A DSSE envelope with one signature."""

    payload: bytes
    keyid: str
    signature: bytes

    @classmethod
    def sign(cls, statement: Statement, name: str, key: Ed25519PrivateKey) -> Envelope:
        """Sign a statement as the log of this name."""
        payload = statement.to_payload()
        return cls(payload, VerifyKey.of(name, key).to_text(), key.sign(signed_bytes(payload)))

    def to_wire(self) -> bytes:
        """The bytes of `statement.dsse.json`."""
        signature = {"keyid": self.keyid, "sig": base64.b64encode(self.signature).decode()}
        payload = base64.b64encode(self.payload).decode()
        return to_canonical({"payload": payload, "payloadType": PAYLOAD_TYPE, "signatures": [signature]})

    @classmethod
    def from_wire(cls, raw: bytes) -> Envelope:
        """Read what `to_wire` writes; the signature is not checked here.

        Raises:
            MalformedMessage: anything else.
        """
        said = from_canonical(raw)
        payload, signatures = said.get("payload"), said.get("signatures")
        if not isinstance(payload, str) or not isinstance(signatures, list) or len(signatures) != 1:
            raise MalformedMessage("not a DSSE envelope with one signature")
        try:
            keyid, sig = signatures[0]["keyid"], signatures[0]["sig"]
            envelope = cls(strict_base64(payload), keyid, strict_base64(sig))
        except (KeyError, TypeError, AttributeError):
            raise MalformedMessage("not a DSSE envelope with one signature") from None
        if not isinstance(keyid, str) or envelope.to_wire() != raw:
            raise MalformedMessage("not a DSSE envelope with one signature")
        return envelope

    def signed_by(self, key: VerifyKey) -> bool:
        """Whether the envelope names this key and carries its signature."""
        if self.keyid != key.to_text():
            return False
        try:
            public = Ed25519PublicKey.from_public_bytes(key.public)
            public.verify(self.signature, signed_bytes(self.payload))
        except (InvalidSignature, ValueError):
            return False
        return True


def signed_bytes(payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding."""
    return f"DSSEv1 {len(PAYLOAD_TYPE)} {PAYLOAD_TYPE} {len(payload)} ".encode() + payload
