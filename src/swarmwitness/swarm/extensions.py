# SPDX-License-Identifier: Apache-2.0
"""The extensions (BEP 10) that we read, and the few typed messages of them that we say.

A number means an extension only because its receiver said so in its extension handshake: what the
peer sends bears our numbers, what we send bears the peer's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from swarmwitness.terms import Endpoint, MalformedMessage
from swarmwitness.wire import donthave, holepunch, metadata, peerwire, pex
from swarmwitness.wire.ltep import ExtensionHandshake
from swarmwitness.wire.metadata import MetadataReject, MetadataRequest

OUR_NUMBERS: Mapping[str, int] = {
    pex.NAME: 1,
    metadata.NAME: 2,
    donthave.NAME: 3,
    holepunch.NAME: 4,
}
"""What we ask peers to call the extensions that we read."""


@dataclass(frozen=True, slots=True)
class Rendezvous:
    """Asks the peer to bring us together with `target` (BEP 55)."""

    target: Endpoint

    def to_wire(self) -> bytes:
        """The payload."""
        return holepunch.rendezvous(self.target)


Sayable: TypeAlias = MetadataRequest | MetadataReject | Rendezvous
_NAMES: dict[type, str] = {
    MetadataRequest: metadata.NAME,
    MetadataReject: metadata.NAME,
    Rendezvous: holepunch.NAME,
}


def wrapped(message: Sayable, numbers: Mapping[str, int]) -> peerwire.Extended | None:
    """The message under the number that the peer gave; None if it does not speak the extension."""
    number = numbers.get(_NAMES[type(message)], 0)
    return peerwire.Extended(number, message.to_wire()) if number else None


@lru_cache(maxsize=64)
def names_of(handshake: bytes) -> Mapping[int, str]:
    """Number -> name, as the extension handshake (its payload) says; nothing if there is none to be read."""
    if not handshake:
        return {}
    try:
        told = ExtensionHandshake.from_wire(handshake).m
    except MalformedMessage:
        return {}
    return {number: name for name, number in told.items() if number}
