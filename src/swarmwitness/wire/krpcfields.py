# SPDX-License-Identifier: Apache-2.0
"""Reading one dictionary of a KRPC message, field by field: what cannot be read is an oddity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address

from swarmwitness.terms import Endpoint
from swarmwitness.terms.endpoint import address_from_wire
from swarmwitness.wire.bencode import Bencoded
from swarmwitness.wire.bloom import FILTER_BYTES, BloomFilter
from swarmwitness.wire.nodeid import ID_BYTES
from swarmwitness.wire.oddities import Oddities

MAX_NUMBER = (1 << 63) - 1
V4_BYTES, V6_BYTES = 6, 18


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """A node that another node names."""

    node_id: bytes
    endpoint: Endpoint


class Fields:
    """One dictionary of a message, read field by field; what cannot be read is an oddity."""

    __slots__ = ("entries", "oddities")

    def __init__(self, entries: Mapping[bytes, Bencoded], oddities: Oddities) -> None:
        self.entries, self.oddities = entries, oddities

    def inner(self, key: bytes) -> Fields:
        found = self.entries.get(key)
        if found is None or not isinstance(found.value, dict):
            self._odd(key, "no dictionary" if found is not None else "is missing")
            return Fields({}, self.oddities)
        return Fields(found.value, self.oddities)

    def besides(self, known: frozenset[bytes]) -> tuple[bytes, ...]:
        return tuple(key for key in self.entries if key not in known)

    def needed(self, key: bytes) -> bytes:
        if key not in self.entries:
            self._odd(key, "is missing")
        return self.bytes_of(key) or b""

    def bytes_of(self, key: bytes, length: int | None = None) -> bytes | None:
        found = self.entries.get(key)
        if found is None:
            return None
        value = found.value
        if isinstance(value, bytes) and length in (None, len(value)):
            return value
        self._odd(key, f"no string of its length: {found.raw[:32]!r}")
        return None

    def number(self, key: bytes, most: int = MAX_NUMBER) -> int | None:
        found = self.entries.get(key)
        if found is None:
            return None
        value = found.value
        if isinstance(value, int) and 0 <= value <= most:
            return value
        self._odd(key, f"no number of its range: {found.raw[:32]!r}")
        return None

    def strings(self, key: bytes) -> tuple[bytes, ...]:
        found = self.entries.get(key)
        if found is None:
            return ()
        if not isinstance(found.value, list):
            self._odd(key, f"no list: {found.raw[:32]!r}")
            return ()
        words = [item.value for item in found.value if isinstance(item.value, bytes)]
        if len(words) != len(found.value):
            self._odd(key, f"{len(found.value) - len(words)} entries that are no strings")
        return tuple(words)

    def endpoints(self, key: bytes) -> tuple[Endpoint, ...]:
        read = []
        for value in self.strings(key):
            if len(value) in (V4_BYTES, V6_BYTES):
                read.append(_endpoint(value))
            else:
                self._odd(key, f"no compact endpoint: {value[:32]!r}")
        return tuple(read)

    def endpoint(self, key: bytes) -> Endpoint | None:
        value = self.bytes_of(key)
        if value is None:
            return None
        if len(value) in (V4_BYTES, V6_BYTES):
            return _endpoint(value)
        if len(value) in (V4_BYTES - 2, V6_BYTES - 2):
            return Endpoint(address_from_wire(value), 0)
        self._odd(key, f"no compact endpoint: {value[:32]!r}")
        return None

    def nodes(self, key: bytes, compact_bytes: int) -> tuple[NodeInfo, ...]:
        parts = self._cut(key, ID_BYTES + compact_bytes)
        return tuple(NodeInfo(part[:ID_BYTES], _endpoint(part[ID_BYTES:])) for part in parts)

    def info_hashes(self, key: bytes) -> tuple[bytes, ...] | None:
        return None if self.bytes_of(key) is None else tuple(self._cut(key, ID_BYTES))

    def _cut(self, key: bytes, size: int) -> list[bytes]:
        value = self.bytes_of(key) or b""
        whole = len(value) - len(value) % size
        if whole != len(value):
            self._odd(key, f"{len(value) - whole} bytes behind the last whole entry")
        return [value[at : at + size] for at in range(0, whole, size)]

    def bloom(self, key: bytes) -> BloomFilter | None:
        value = self.bytes_of(key, FILTER_BYTES)
        return None if value is None else BloomFilter(value)

    def failure(self, key: bytes) -> tuple[int | None, bytes | None]:
        """Code and text of an error; some send one of them alone."""
        found = self.entries.get(key)
        items = found.value if found is not None and isinstance(found.value, list) else []
        code = next((item.value for item in items if isinstance(item.value, int)), None)
        text = next((item.value for item in items if isinstance(item.value, bytes)), None)
        if code is None or text is None:
            self._odd(key, "no code and text" if found is None else f"no code and text: {found.raw[:32]!r}")
        return code, text

    def _odd(self, key: bytes, why: str) -> None:
        self.oddities.odd("krpc_field", f"{key.decode('ascii')}: {why}")


def _endpoint(compact: bytes) -> Endpoint:
    port = compact[-2] << 8 | compact[-1]
    if len(compact) == V4_BYTES:  # Most of all; the general reading takes twice as long.
        return Endpoint(IPv4Address(compact[:4]), port)
    return Endpoint(address_from_wire(compact[:-2]), port)


def to_compact(endpoint: Endpoint) -> bytes:
    """Address and port, 6 or 18 bytes."""
    return endpoint.ip.packed + endpoint.port.to_bytes(2, "big")
