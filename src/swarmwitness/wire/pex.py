# SPDX-License-Identifier: Apache-2.0
"""`ut_pex` (BEP 11): whom the sender is connected to, and no longer is. Hearsay about live connections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from swarmwitness.terms import Anomaly, Endpoint
from swarmwitness.terms.endpoint import address_from_wire
from swarmwitness.wire.bencode import Bencoded, Encodable, decode_prefix, encode
from swarmwitness.wire.oddities import Oddities

NAME = "ut_pex"
MAX_DEPTH = 4
MAX_ANOMALIES = 8
POLITE = 50
"""BEP 11: at most so many added and so many dropped in one message, the first one aside."""
MAX_READ = 1000
"""Endpoints read of one message, added and dropped each; the exhibit has them all."""
PREFERS_ENCRYPTION, SEED, UTP, HOLEPUNCH, OUTGOING = 0x01, 0x02, 0x04, 0x08, 0x10
"""Bits of a flag byte. OUTGOING: the sender dialled it, so the port is one that is listened on."""
_SIZES = {4: 6, 16: 18}


@dataclass(frozen=True, slots=True)
class PexPeer:
    """A peer that another peer names, with the flag byte as it came."""

    endpoint: Endpoint
    flags: int = 0


@dataclass(frozen=True, slots=True)
class PexMessage:
    """One message.

    Attributes:
        added, dropped: IPv4 before IPv6, each in the order in which they were named.
        unknown: Keys that are none of BEP 11.
        anomalies: What could not be read, or is more than BEP 11 permits.
    """

    added: tuple[PexPeer, ...] = ()
    dropped: tuple[Endpoint, ...] = ()
    unknown: tuple[bytes, ...] = ()
    anomalies: tuple[Anomaly, ...] = ()

    @classmethod
    def from_wire(cls, payload: bytes) -> PexMessage:
        """Read the payload of the extended message.

        Raises:
            MalformedMessage: no bencoded dictionary.
        """
        told, end = decode_prefix(payload, strict=False, max_depth=MAX_DEPTH)
        entries = told.as_dict()
        reading = _Reading(MAX_ANOMALIES)
        if end != len(payload):
            reading.odd("trailing_bytes", f"{len(payload) - end} bytes behind a pex message")
        added = reading.added(entries, b"added", 4) + reading.added(entries, b"added6", 16)
        dropped = reading.endpoints(entries, b"dropped", 4) + reading.endpoints(entries, b"dropped6", 16)
        for what, count in (("added", len(added)), ("dropped", len(dropped))):
            if count > POLITE:
                reading.odd("pex_crowded", f"{count} {what}")
        unknown = tuple(key for key in entries if key not in _KEYS)
        return cls(tuple(added), tuple(dropped), unknown, reading.found())

    def to_wire(self) -> bytes:
        """The payload, from `added` and `dropped`."""
        said: dict[bytes, Encodable] = {}
        for version, end in ((4, b""), (6, b"6")):
            added = [peer for peer in self.added if peer.endpoint.ip.version == version]
            said[b"added" + end] = _packed([peer.endpoint for peer in added])
            said[b"added" + end + b".f"] = bytes(peer.flags for peer in added)
            said[b"dropped" + end] = _packed([each for each in self.dropped if each.ip.version == version])
        return encode(said)


_KEYS = frozenset({b"added", b"added.f", b"added6", b"added6.f", b"dropped", b"dropped6"})


class _Reading(Oddities):
    """Collects what could not be read."""

    def added(self, entries: Mapping[bytes, Bencoded], key: bytes, address: int) -> list[PexPeer]:
        endpoints = self.endpoints(entries, key, address)
        flags = self._bytes(entries, key + b".f")
        if flags and len(flags) != len(endpoints) < MAX_READ:
            self.odd("pex_flags", f"{len(flags)} flags for {len(endpoints)} of {key.decode()}")
        flags = flags.ljust(len(endpoints), b"\0")
        return [PexPeer(endpoint, flags[at]) for at, endpoint in enumerate(endpoints)]

    def endpoints(self, entries: Mapping[bytes, Bencoded], key: bytes, address: int) -> list[Endpoint]:
        data, size = self._bytes(entries, key), _SIZES[address]
        if len(data) % size:
            self.odd("pex_stride", f"{key.decode()}: {len(data)} bytes, {size} each")
        count = len(data) // size
        if count > MAX_READ:
            self.odd("pex_overflow", f"{key.decode()}: {count - MAX_READ} of {count} not read")
        return [_endpoint(data[at * size : (at + 1) * size]) for at in range(min(count, MAX_READ))]

    def _bytes(self, entries: Mapping[bytes, Bencoded], key: bytes) -> bytes:
        found = entries.get(key)
        if found is None:
            return b""
        if not isinstance(found.value, bytes):
            self.odd("pex_field", f"{key.decode()}: no string: {found.raw[:32]!r}")
            return b""
        return found.value


def _endpoint(packed: bytes) -> Endpoint:
    return Endpoint(address_from_wire(packed[:-2]), int.from_bytes(packed[-2:], "big"))


def _packed(endpoints: Sequence[Endpoint]) -> bytes:
    return b"".join(each.ip.packed + each.port.to_bytes(2, "big") for each in endpoints)
