# SPDX-License-Identifier: Apache-2.0
"""Reading the messages of extensions (BEP 10) of one conversation: pex, metadata, lost pieces, hole punching.

The numbers that the peer sends are those of our handshake, ours are those of its: both are
remembered as they were said, live or from the log, so that the meaning is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from swarmwitness.swarm.facts import AnomalySeen, Fact, MetadataAsked, PexSeen, PunchSeen
from swarmwitness.swarm.metadata import MetadataReading
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.terms import Anomaly, MalformedMessage
from swarmwitness.wire import donthave, holepunch, metadata, peerwire, pex
from swarmwitness.wire.donthave import DontHave
from swarmwitness.wire.holepunch import PunchMessage
from swarmwitness.wire.metadata import MetadataData, MetadataReject, MetadataRequest
from swarmwitness.wire.pex import PexMessage

Found = Fact | DontHave
"""A lost piece is no fact before it is held against what was claimed."""


class ExtendedReading:
    """The state of one conversation about one torrent; None = about one that is not watched."""

    def __init__(self, torrent: Torrent | None) -> None:
        self._metadata = None if torrent is None else MetadataReading(torrent.info_hash)

    def said(self, message: peerwire.Extended, theirs: Mapping[int, str]) -> None:
        """Our side's message (not its handshake): what was asked for is remembered.

        Args:
            theirs: What the numbers mean, by the peer's last extension handshake.
        """
        if theirs.get(message.number) != metadata.NAME or self._metadata is None:
            return
        try:
            asked = metadata.decode(message.payload)
        except MalformedMessage:
            return  # Somebody else's words, in a capture.
        if isinstance(asked, MetadataRequest):
            self._metadata.asked(asked.piece)

    def heard(self, message: peerwire.Extended, ours: Mapping[int, str]) -> Sequence[Found]:
        """The peer's message (not its handshake).

        Args:
            ours: What the numbers mean, by our last extension handshake.
        """
        name = ours.get(message.number)
        reader = _READERS.get(name or "")
        if reader is None:
            return [_odd("unagreed_extension", f"extended message {message.number}, which we agreed to not")]
        try:
            return reader(self, message.payload)
        except MalformedMessage as error:
            return [_odd("malformed_extended", f"{name}: {error}")]

    def _pex(self, payload: bytes) -> Sequence[Found]:
        told = PexMessage.from_wire(payload)
        return [*map(AnomalySeen, told.anomalies), PexSeen(told.added, told.dropped)]

    def _punch(self, payload: bytes) -> Sequence[Found]:
        told = PunchMessage.from_wire(payload)
        seen = PunchSeen(told.kind.name.lower(), told.endpoint, told.error)
        return [*map(AnomalySeen, told.anomalies), seen]

    def _donthave(self, payload: bytes) -> Sequence[Found]:
        return [DontHave.from_wire(payload)]

    def _data(self, payload: bytes) -> Sequence[Found]:
        told = metadata.decode(payload)
        return [*map(AnomalySeen, told.anomalies), *self._of_metadata(told)]

    def _of_metadata(self, told: metadata.MetadataMessage) -> Sequence[Found]:
        if isinstance(told, MetadataRequest):
            asks = _odd("asks_of_us", f"piece {told.piece} of the metadata, though we offered none")
            return [asks, MetadataAsked(told.piece)]
        if self._metadata is not None and isinstance(told, MetadataData):
            return self._metadata.arrived(told)
        if self._metadata is not None and isinstance(told, MetadataReject):
            return self._metadata.rejected(told)
        return [_odd("unknown_metadata", f"piece {told.piece}")]


def _odd(kind: str, detail: str) -> AnomalySeen:
    return AnomalySeen(Anomaly(kind, detail))


_READERS: dict[str, Callable[[ExtendedReading, bytes], Sequence[Found]]] = {
    pex.NAME: ExtendedReading._pex,
    metadata.NAME: ExtendedReading._data,
    donthave.NAME: ExtendedReading._donthave,
    holepunch.NAME: ExtendedReading._punch,
}
