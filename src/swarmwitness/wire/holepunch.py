# SPDX-License-Identifier: Apache-2.0
"""Hole punching (BEP 55): the payload of an extended message `ut_holepunch`.

A relay that both sides are connected to tells each to dial the other at the same time. We read every
message, and say `rendezvous` alone: we relay for nobody, so we have no `connect` or `error` to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from swarmwitness.terms import Anomaly, Endpoint, MalformedMessage
from swarmwitness.terms.endpoint import address_from_wire

NAME = "ut_holepunch"
_ADDRESS_BYTES = {0: 4, 1: 16}
_ERROR_BYTES = 4
ERRORS = {0: "none", 1: "no_such_peer", 2: "not_connected", 3: "no_support", 4: "no_self"}
"""Error codes as words; other numbers are nobody's that the BEP knows."""


class PunchKind(IntEnum):
    """What a message is for."""

    RENDEZVOUS = 0
    CONNECT = 1
    ERROR = 2


@dataclass(frozen=True, slots=True)
class PunchMessage:
    """One message, read.

    Attributes:
        endpoint: Whom to reach (rendezvous), to dial (connect), or who could not be reached (error).
        error: The number as it came; 0 where none did.
        anomalies: What is odd about it.
    """

    kind: PunchKind
    endpoint: Endpoint
    error: int = 0
    anomalies: tuple[Anomaly, ...] = ()

    @classmethod
    def from_wire(cls, payload: bytes) -> PunchMessage:
        """Read the payload.

        Raises:
            MalformedMessage: cut short, or a kind of message or address that does not exist.
        """
        if len(payload) < 2:
            raise MalformedMessage("a hole punching message names its kind and address type", len(payload))
        kind, family = payload[0], payload[1]
        if kind > PunchKind.ERROR:
            raise MalformedMessage(f"message type {kind} does not exist")
        if family not in _ADDRESS_BYTES:
            raise MalformedMessage(f"address type {family} does not exist", 1)
        port_at = 2 + _ADDRESS_BYTES[family]
        if len(payload) < port_at + 2:
            raise MalformedMessage("the endpoint breaks off", len(payload))
        endpoint = Endpoint(
            address_from_wire(payload[2:port_at]), int.from_bytes(payload[port_at : port_at + 2], "big")
        )
        return cls._with_rest(PunchKind(kind), endpoint, payload[port_at + 2 :])

    @classmethod
    def _with_rest(cls, kind: PunchKind, endpoint: Endpoint, rest: bytes) -> PunchMessage:
        """BEP 55 gives every message a code; libtorrent leaves it out where there is no error."""
        if rest and len(rest) < _ERROR_BYTES:
            raise MalformedMessage("the error code breaks off")
        odd = []
        error = int.from_bytes(rest[:_ERROR_BYTES], "big")
        if len(rest) > _ERROR_BYTES:
            odd.append(Anomaly("trailing_bytes", f"{len(rest) - _ERROR_BYTES} bytes behind the error code"))
        if (kind is PunchKind.ERROR) != bool(error):
            odd.append(Anomaly("punch_error", f"{kind.name.lower()} with error code {error}"))
        elif error not in ERRORS:
            odd.append(Anomaly("punch_error", f"error code {error} does not exist"))
        return cls(kind, endpoint, error, tuple(odd))

    @property
    def error_name(self) -> str:
        """The error in a word; `unknown` for a number that the BEP does not name."""
        return ERRORS.get(self.error, "unknown")


def rendezvous(target: Endpoint) -> bytes:
    """The payload that asks a relay to bring us together with `target`.

    Raises:
        ValueError: an endpoint without a port.
    """
    if not target.port:
        raise ValueError("an endpoint without a port cannot be reached")
    family = 0 if target.ip.version == 4 else 1
    head = bytes((PunchKind.RENDEZVOUS, family))
    return head + target.ip.packed + target.port.to_bytes(2, "big") + bytes(_ERROR_BYTES)
