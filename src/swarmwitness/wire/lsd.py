# SPDX-License-Identifier: Apache-2.0
"""Local service discovery (BEP 14): a client tells its own network by multicast which torrents it has.

The form is a request head of HTTP. Where the peer can be reached is the datagram's source address with
the port told in it. We only listen; the encoder serves the laboratory.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from swarmwitness.terms import Anomaly, MalformedMessage
from swarmwitness.wire.oddities import Oddities

GROUP_V4, GROUP_V6, PORT = "239.192.152.143", "ff15::efc0:988f", 6771
START = b"BT-SEARCH * HTTP/1.1"
MAX_BYTES = 4096
"""BEP 14 asks for at most 1,400; what is longer is no announce."""
MAX_ANOMALIES = 16

_PORT = re.compile(rb"\d{1,5}", re.ASCII)
_INFO_HASH = re.compile(rb"[0-9A-Fa-f]{40}")
_KNOWN = (b"host", b"port", b"infohash", b"cookie")


@dataclass(frozen=True, slots=True)
class LocalAnnounce:
    """One datagram.

    Attributes:
        port: Where the client listens; None = not said, or unreadable.
        info_hashes: 20 bytes each, in their order.
        host: The multicast group as the sender spells it.
        cookie: By which a client knows its own announces again.
        unknown: (name, value) of other fields, as they came.
        anomalies: What could not be read.
        raw: The datagram; empty for one of our own making.
    """

    port: int | None
    info_hashes: tuple[bytes, ...]
    host: bytes = b""
    cookie: bytes | None = None
    unknown: tuple[tuple[bytes, bytes], ...] = ()
    anomalies: tuple[Anomaly, ...] = ()
    raw: bytes = b""

    @classmethod
    def from_wire(cls, data: bytes) -> LocalAnnounce:
        """Read a whole datagram.

        Raises:
            MalformedMessage: it does not begin as BEP 14 says, or is too long.
        """
        if len(data) > MAX_BYTES:
            raise MalformedMessage(f"longer than {MAX_BYTES} bytes", MAX_BYTES)
        lines = bytes(data).split(b"\r\n")
        if lines[0] != START or len(lines) < 2:
            raise MalformedMessage("no BT-SEARCH")
        reading = _Reading()
        for line in lines[1:]:
            reading.line(line)
        return reading.announce(bytes(data))

    def to_wire(self) -> bytes:
        """The datagram, from the fields (never from `raw`)."""
        lines = [START, b"Host: " + self.host]
        if self.port is not None:
            lines.append(b"Port: %d" % self.port)
        lines += [b"Infohash: " + each.hex().encode("ascii") for each in self.info_hashes]
        if self.cookie is not None:
            lines.append(b"cookie: " + self.cookie)
        lines += [name + b": " + value for name, value in self.unknown]
        return b"\r\n".join(lines) + b"\r\n\r\n\r\n"


class _Reading(Oddities):
    """Collects the fields."""

    def __init__(self) -> None:
        super().__init__(MAX_ANOMALIES)
        self.fields: dict[bytes, bytes] = {}
        self.info_hashes: list[bytes] = []
        self.unknown: list[tuple[bytes, bytes]] = []

    def line(self, line: bytes) -> None:
        if not line:
            return
        name, colon, value = line.partition(b":")
        key, value = name.strip().lower(), value.strip()
        if not colon:
            self.odd("lsd_field", f"no field: {line[:32]!r}")
        elif key == b"infohash":
            self._info_hash(value)
        elif key not in _KNOWN:
            self.unknown.append((name, value))
        elif key in self.fields:
            self.odd("lsd_field", f"{key.decode()} a second time: {value[:32]!r}")
        else:
            self.fields[key] = value

    def _info_hash(self, value: bytes) -> None:
        if _INFO_HASH.fullmatch(value):
            self.info_hashes.append(bytes.fromhex(value.decode("ascii")))
        else:
            self.odd("lsd_field", f"no info_hash: {value[:48]!r}")

    def announce(self, raw: bytes) -> LocalAnnounce:
        return LocalAnnounce(
            port=self._port(),
            info_hashes=tuple(self.info_hashes),
            host=self.fields.get(b"host", b""),
            cookie=self.fields.get(b"cookie"),
            unknown=tuple(self.unknown),
            anomalies=self.found(),
            raw=raw,
        )

    def _port(self) -> int | None:
        said = self.fields.get(b"port", b"")
        port = int(said) if _PORT.fullmatch(said) else 0
        if 0 < port <= 0xFFFF:
            return port
        self.odd("lsd_field", f"no port: {said[:32]!r}")
        return None
