# SPDX-License-Identifier: Apache-2.0
"""How a client behaves, held against the name that it gives: data, and never an accusation.

Theory of operation: a `Fingerprint` is what the first words of a conversation show beside the name. The table
of known clients (known_clients.json) was made by running each of them, as a seed, a leecher and with nothing,
with and without a DHT node, dialled and dialling; it holds every value that a field took. Behaviour under a
name that is in the table either fits all of its fields or names those that it misses. A name or a version
that is not in the table says nothing. Settings, patched builds and translators of addresses make misfits
of honest people; clients of one library behave alike, so that a name can be borrowed among them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache
from importlib.resources import files

from swarmwitness.swarm.transcript import PeerTranscript
from swarmwitness.wire.ltep import ExtensionHandshake

TABLE = "known_clients.json"
SPOKEN = "extended:handshake"
_ORDERED = frozenset({"bitfield", "have_all", "have_none", "port", SPOKEN})
_STYLES = (
    re.compile(rb"-[0-9A-Za-z~]{2}[0-9A-Za-z]{3,4}-"),
    re.compile(rb"-[0-9A-Za-z~]{2}[0-9A-Za-z]{4}"),
    re.compile(rb"[A-Z][0-9]?(?:-[0-9]+)+-"),
    re.compile(rb"[A-Z][0-9A-Za-z.]{1,5}-{1,3}"),
)


class PortRule(StrEnum):
    """What `p` of the extension handshake says, beside the port that we dialled."""

    ABSENT = "absent"
    EQUALS = "equals"
    DIFFERS = "differs"
    TOLD = "told"
    """The peer came to us: its port here is no port that it listens on."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The behaviour of one peer on one connection.

    Attributes:
        reserved: The eight reserved bytes, 16 hex digits.
        peer_id: The part of the peer_id that is no chance: `-TR3000-`, `A2-1-36-0-`; empty = no known habit.
        order: Claim, extension handshake and DHT port in the order in which they came.
        extended: Whether an extension handshake came; without one the fields below are empty.
        v: Client and version, as it says.
        m: Names of extensions with the numbers that it wants, as they came.
        reqq, e, upload_only: As told; None = not told.
        metadata_size, yourip: Whether it tells them.
        port: What `p` says.
    """

    reserved: str
    peer_id: str
    order: tuple[str, ...]
    extended: bool = False
    v: str | None = None
    m: tuple[tuple[str, int], ...] = ()
    reqq: int | None = None
    e: int | None = None
    upload_only: int | None = None
    metadata_size: bool = False
    yourip: bool = False
    port: PortRule = PortRule.ABSENT

    @classmethod
    def of(
        cls,
        reserved: bytes,
        peer_id: bytes,
        first: Sequence[str],
        extension: ExtensionHandshake | None,
        dialled: int | None = None,
    ) -> Fingerprint:
        """Put together.

        Args:
            first: Names of the first messages, as `PeerTranscript.first_messages` gives them.
            dialled: The port at which we reached it; None = it came to us.
        """
        order = tuple(dict.fromkeys(name for name in first if name in _ORDERED))
        if extension is None:
            return cls(reserved.hex(), style_of(peer_id), order)
        return cls(
            reserved=reserved.hex(),
            peer_id=style_of(peer_id),
            order=order,
            extended=True,
            v=extension.v,
            m=tuple(extension.m.items()),
            reqq=extension.reqq,
            e=extension.e,
            upload_only=extension.upload_only,
            metadata_size=extension.metadata_size is not None,
            yourip=extension.yourip is not None,
            port=_port_rule(extension.p, dialled),
        )

    @classmethod
    def of_transcript(cls, transcript: PeerTranscript, dialled: int | None = None) -> Fingerprint | None:
        """The same from a conversation; None before the peer's handshake."""
        shook = transcript.handshake
        if shook is None:
            return None
        first, extension = transcript.first_messages, transcript.extension
        return cls.of(shook.reserved, shook.peer_id, first, extension, dialled)

    @property
    def declared(self) -> str:
        """The name that it gives: `v`, else the style of its peer_id; empty = none."""
        return self.v or self.peer_id


def _port_rule(told: int | None, dialled: int | None) -> PortRule:
    if told is None:
        return PortRule.ABSENT
    if dialled is None:
        return PortRule.TOLD
    return PortRule.EQUALS if told == dialled else PortRule.DIFFERS


def style_of(peer_id: bytes) -> str:
    """The part of a peer_id that names client and version, by its form; empty if it has no known form."""
    for style in _STYLES:
        found = style.match(peer_id)
        if found is not None:
            return found[0].decode("ascii")
    return ""


class Fit(StrEnum):
    """What behaviour says of a name."""

    CONSISTENT = "consistent"
    MISFIT = "misfit"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Judgement:
    """Behaviour held against a name.

    Attributes:
        declared: The name.
        fields: Of a misfit, what does not fit the version that it is nearest to.
    """

    fit: Fit
    declared: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownClient:
    """One version of one client, as it was seen.

    Attributes:
        names: What it declares itself as.
        seen: Field -> every value that it took, as JSON writes it.
    """

    client: str
    version: str
    names: frozenset[str]
    seen: Mapping[str, tuple[object, ...]]

    def misfits(self, fingerprint: Fingerprint, without: frozenset[str]) -> tuple[str, ...]:
        """The fields whose values were never seen of it."""
        told = EARLY if not fingerprint.extended else tuple(self.seen)
        shown = values_of(fingerprint)
        return tuple(
            name for name in told if name not in without and not _fits(name, shown[name], self.seen[name])
        )


NAMING = frozenset({"v", "peer_id"})
"""Fields that whoever borrows a name borrows with it."""
EARLY = ("reserved", "peer_id", "order")
"""Fields that are there without an extension handshake."""
COMPARED = tuple(each.name for each in fields(Fingerprint) if each.name not in ("extended", "port"))
"""`port` is told and not held against anybody: translators of addresses change it."""


def values_of(fingerprint: Fingerprint) -> dict[str, object]:
    """The compared fields, in the types that JSON has."""
    shown: dict[str, object] = {name: getattr(fingerprint, name) for name in COMPARED}
    shown["order"] = list(fingerprint.order)
    shown["m"] = [list(pair) for pair in fingerprint.m]
    return shown


def _fits(name: str, shown: object, seen: Sequence[object]) -> bool:
    if name == "order" and isinstance(shown, list):
        # A connection that was cut short has shown a beginning.
        return any(isinstance(order, list) and order[: len(shown)] == shown for order in seen)
    return shown in seen


@cache
def known() -> tuple[KnownClient, ...]:
    """The table, in the order of its file."""
    told = json.loads(files("swarmwitness.swarm").joinpath(TABLE).read_text(encoding="utf-8"))
    return tuple(
        KnownClient(
            each["client"],
            each["version"],
            frozenset(each["names"]),
            {name: tuple(values) for name, values in each["seen"].items()},
        )
        for each in told["clients"]
    )


def judge(
    fingerprint: Fingerprint,
    declared: str | None = None,
    *,
    table: Sequence[KnownClient] | None = None,
    without: frozenset[str] = frozenset(),
) -> Judgement:
    """Hold behaviour against a name.

    Args:
        declared: The name; default: the one that the peer gives.
        table: Default: the clients that are known.
        without: Fields to leave out, such as `NAMING`.
    """
    name = fingerprint.declared if declared is None else declared
    entries = [each for each in (known() if table is None else table) if name in each.names]
    if not entries:
        return Judgement(Fit.UNKNOWN, name)
    nearest = min((entry.misfits(fingerprint, without) for entry in entries), key=len)
    return Judgement(Fit.MISFIT if nearest else Fit.CONSISTENT, name, nearest)
