# SPDX-License-Identifier: Apache-2.0
"""What earlier watches of a log came to know, so that the next one need not ask for it again.

Theory of operation: the log itself is read, from its end backwards and within bounds: no file beside it
holds what would have to be encrypted, erased and handed over like it. Two things are looked for: nodes of
the DHT that answered us, and descriptions of torrents that the case knows by name alone. A
description proves itself by its hash, so it matters little who gave it; and each watch tells anew what
it knows, so there is no need to look behind the last one that watched the swarm. It tells the description
right before the target, which may stand one segment further on.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from swarmwitness.evidence import Exhibit, VerificationError
from swarmwitness.evidence.envelope import encrypted
from swarmwitness.evidence.reading import exhibit_of, scan_backwards
from swarmwitness.evidence.segment import SALT_BYTES, kind_of
from swarmwitness.observation.dhtsaid import answering
from swarmwitness.observation.note import Note
from swarmwitness.swarm.pace import network_of
from swarmwitness.terms import Endpoint, InfoHash, MalformedMessage
from swarmwitness.vantage import Target
from swarmwitness.wire.metainfo import Metainfo

MOST_NODES = 200
MOST_PER_NETWORK = 8
"""Of the nodes, so that nobody's network alone says where the next watch begins."""
MOST_DATAGRAMS = 5_000
"""Of one segment, the latest."""
NODE_SEGMENTS = 2
MOST_BYTES = 1 << 30
MOST_ENCRYPTED_BYTES = 256 << 20
"""A watch begins with this, so it must not take long; of encrypted exhibits a look at each costs more."""
SMALL_BYTES = 2_000
"""Of an envelope: below it may be a datagram, above it a description; a smaller one is fetched anew."""
_KINDS = (b"\x07torrent", b"\x06target")
_WITH_NODES = (*_KINDS, b"\x03dht")
_VERSION, _KIND = SALT_BYTES, SALT_BYTES + 2
_Stored = tuple[int, bytes, str]
"""Index, salt and record, segment."""


@dataclass(slots=True)
class Earlier:
    """What was found.

    Attributes:
        nodes: They answered a question of ours; the latest first.
        torrents: By the name that the case knows: a .torrent file around the description.
        fault: Why reading ended early; "" where it did not.
    """

    nodes: list[Endpoint] = field(default_factory=list)
    torrents: dict[InfoHash, bytes] = field(default_factory=dict)
    fault: str = ""

    def known(self, target: Target) -> Target:
        """The target with its description, where one was found."""
        raw = self.torrents.get(target.info_hash)
        if target.metainfo is not None or raw is None:
            return target
        return replace(target, metainfo=Metainfo.from_wire(raw), torrent_bytes=raw)


def earlier(
    directory: Path,
    wanted: Collection[InfoHash],
    *,
    nodes: bool,
    content_key: bytes | None = None,
    most_bytes: int | None = None,
    stop: Callable[[], bool] = bool,
) -> Earlier:
    """Look for the descriptions of these torrents, and for nodes. Damage ends the look, and is told.

    Args:
        most_bytes: Of segments; default by whether there is a content key.
        stop: Asked after each segment: whether nobody waits for more.
    """
    bound = most_bytes or (MOST_BYTES if content_key is None else MOST_ENCRYPTED_BYTES)
    looking = _Looking(set(wanted), NODE_SEGMENTS if nodes else 0, content_key)
    try:
        if wanted or nodes:
            for segment in scan_backwards(directory, looking.for_it, bound):
                looking.read(segment)
                if looking.done or stop():
                    break
    except (VerificationError, OSError) as error:
        looking.found.fault = str(error)
    return looking.found


class _Looking:
    """A look back through segments."""

    def __init__(self, wanted: set[InfoHash], node_segments: int, content_key: bytes | None) -> None:
        self._wanted = wanted
        self._leaving: set[InfoHash] = set()
        self._node_segments = node_segments
        self._content_key = content_key
        self._networks: Counter[int] = Counter()
        self.found = Earlier()

    @property
    def done(self) -> bool:
        """Whether nothing is left to look for."""
        return not self._wanted and self._node_segments <= 0

    def for_it(self, peek: bytes) -> bool:
        """Kinds still looked for, and envelopes, whose kind does not show; 0 is what erasing leaves."""
        version = peek[_VERSION]
        kinds = _WITH_NODES if self._node_segments > 0 else _KINDS
        return peek.startswith(kinds, _KIND) if version == 1 else version > 1

    def read(self, segment: Iterator[_Stored]) -> None:
        """One segment, in the order of its exhibits."""
        datagrams: deque[_Stored] = deque(maxlen=MOST_DATAGRAMS if self._node_segments > 0 else 0)
        watched: set[InfoHash] = set()
        for each in segment:
            if _may_be_datagram(each[1]):
                datagrams.append(each)
            elif self._wanted:
                watched |= self._take(self._exhibit(each))
        # A target's description may be the last exhibit of the segment before.
        self._wanted -= self._leaving | self.found.torrents.keys()
        self._leaving = watched
        self._node_segments -= 1
        self._answering(self._exhibit(each) for each in datagrams)
        if len(self.found.nodes) >= MOST_NODES:
            self._node_segments = 0

    def _exhibit(self, stored: _Stored) -> Exhibit:
        index, body, path = stored
        return exhibit_of(body, index, path, self._content_key)

    def _take(self, exhibit: Exhibit) -> set[InfoHash]:
        """The swarms that need be looked for no further back than one segment more."""
        try:
            if exhibit.kind == "torrent":
                names = self._wanted & set(Metainfo.from_wire(exhibit.payload).info_hashes)
                self.found.torrents |= dict.fromkeys(names, exhibit.payload)
            if exhibit.kind == "target":
                return {Note.from_wire(exhibit.payload).info_hash("info_hash")}
        except MalformedMessage:
            pass  # A replay counts it; here it tells nothing.
        return set()

    def _answering(self, exhibits: Iterator[Exhibit]) -> None:
        nodes = self.found.nodes
        for node in reversed(answering(each for each in exhibits if each.kind == "dht")):
            network = network_of(node)
            if len(nodes) < MOST_NODES and node not in nodes and self._networks[network] < MOST_PER_NETWORK:
                self._networks[network] += 1
                nodes.append(node)


def _may_be_datagram(body: bytes) -> bool:
    return len(body) < SMALL_BYTES if encrypted(body) else kind_of(body) == "dht"
