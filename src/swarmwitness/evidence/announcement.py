# SPDX-License-Identifier: Apache-2.0
"""The act `erased`: which exhibits lose their content, said in the log before it is done.

An act like others, canonical JSON; what this room asks of it is in `on`:

    ranges    the exhibits, in the one spelling of `Ranges`
    lengths   SHA-256, in hexadecimal, over the lengths of their bodies as u32, big-endian, ascending;
              of those exhibits alone that no earlier act has announced

A frame that was erased has nothing left that its commitment would bind but the commitment itself. So the
act binds the length, or somebody without a key could make an erased frame shorter.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace

from swarmwitness.evidence.exhibit import Exhibit
from swarmwitness.evidence.onejson import object_from
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.terms import MalformedMessage

ERASED_ACT = b'{"act":"erased",'
"""How the payload of each such act begins; no other act's does."""

_DIGEST = re.compile("[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Announcement:
    """What one act `erased` announces.

    Attributes:
        index: Of the act.
        ranges: The exhibits; all of them before the act.
        lengths: Digest over their lengths, 32 bytes; see the top of this file.
    """

    index: int
    ranges: Ranges
    lengths: bytes

    @classmethod
    def from_payload(cls, index: int, payload: bytes) -> Announcement:
        """Read the act.

        Raises:
            MalformedMessage: it is not canonical, or does not say which exhibits, all before it.
        """
        on = _said(payload)["on"]
        if not isinstance(on, dict):
            raise MalformedMessage("`on` is an object")
        text, lengths = on.get("ranges"), on.get("lengths")
        if not isinstance(text, str) or not isinstance(lengths, str) or _DIGEST.fullmatch(lengths) is None:
            raise MalformedMessage("`on` has no ranges, or no digest of lengths")
        ranges = Ranges.from_text(text)
        if not ranges or ranges.last >= index:
            raise MalformedMessage("an erasure names exhibits, and only such as stand before it")
        return cls(index, ranges, bytes.fromhex(lengths))


def check_act(act: Exhibit, ranges: Ranges) -> None:
    """Whether an act announces just these exhibits.

    Raises:
        ValueError: it does not; nothing may be erased under it.
    """
    try:
        on = _said(act.payload)["on"]
    except MalformedMessage as error:
        raise ValueError(f"not an act `erased`: {error.why}") from None
    if act.kind != "act" or not act.payload.startswith(ERASED_ACT):
        raise ValueError("an erasure is announced by an act `erased`")
    if not isinstance(on, dict) or on.get("ranges") != ranges.to_text():
        raise ValueError("the act names other exhibits than those to be erased")


def with_lengths(act: Exhibit, digest: bytes) -> Exhibit:
    """The act as it is recorded, with the digest of lengths."""
    said = _said(act.payload)
    on = said["on"]
    assert isinstance(on, dict)
    said["on"] = {**on, "lengths": digest.hex()}
    return replace(act, payload=_canonical(said))


def _said(payload: bytes) -> dict[str, object]:
    said = object_from(payload)
    if "on" not in said:
        raise MalformedMessage("an act says on what")
    return said


def _canonical(said: dict[str, object]) -> bytes:
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
