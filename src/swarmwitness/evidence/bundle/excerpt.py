# SPDX-License-Identifier: Apache-2.0
"""Taking out of a log what a bundle shows of it: standing exhibits, commitments, proofs, earlier sizes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from swarmwitness.evidence.access import read_file
from swarmwitness.evidence.bundle.layout import CUSTODY, MOST_EARLIER
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.exhibit import Exhibit
from swarmwitness.evidence.failure import Reason, VerificationError
from swarmwitness.evidence.layout import ENTRIES, tile_path
from swarmwitness.evidence.merkle import TILE_WIDTH
from swarmwitness.evidence.proofs import ProofMaker
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.evidence.reading import read_bodies, read_checkpoint
from swarmwitness.evidence.segment import BUNDLED_BYTES, SALT_BYTES
from swarmwitness.evidence.statement import PLAIN_KINDS, STATEMENT_KINDS
from swarmwitness.evidence.tree import commitments_in
from swarmwitness.terms import MalformedMessage

STANDING_ACTS = ("erased", "log-recovered", "time-absent", "cosignature-absent")
"""Acts that are in every bundle of their log, whatever was asked for."""

_VERSION, _KIND = SALT_BYTES, SALT_BYTES + 2


@dataclass(frozen=True, slots=True)
class Survey:
    """What one pass over a log tells.

    Attributes:
        checkpoint: The log's, as it stood.
        standing: Exhibits that are always in.
        plain: Exhibits of the kinds that are never encrypted: they are disclosed wherever they are chosen.
        erased: Exhibits whose content is gone.
        needed: Sizes that statements quote.
        sealed: Sizes that the log was sealed at, as its acts say.
    """

    checkpoint: Checkpoint
    standing: Ranges
    plain: Ranges
    erased: Ranges
    needed: frozenset[int]
    sealed: frozenset[int]

    def earlier(self) -> tuple[int, ...]:
        """Older sizes that a bundle proves: all, or those that statements quote and others evenly chosen."""
        below = sorted(size for size in self.sealed | self.needed if 0 < size < self.checkpoint.size)
        if len(below) <= MOST_EARLIER:
            return tuple(below)
        must = [size for size in below if size in self.needed][-MOST_EARLIER:]
        others = [size for size in below if size not in self.needed]
        room = MOST_EARLIER - len(must)
        even = [others[at * len(others) // room] for at in range(room)] if others else []
        return tuple(sorted({*must, *even}))


def survey(directory: Path, name: str) -> Survey:
    """Walk a log once.

    Args:
        name: Where it lies in the case; of `custody` everything is standing.

    Raises:
        VerificationError: a frame or an act is damaged.
    """
    checkpoint = read_checkpoint(directory)
    everything = Ranges.merged([(0, checkpoint.size)])
    standing, plain, present = [0], [], []
    needed, sealed = set[int](), {1: 0}
    for index, body in read_bodies(directory, everything):
        present.append((index, index + 1))
        kind = plain_kind(body)
        if kind is None:
            continue
        plain.append(index)
        said = _said(index, body)
        if kind in STATEMENT_KINDS:
            standing.append(index)
            needed.add(_quoted_size(said))
        elif said.get("act") in STANDING_ACTS:
            standing.append(index)
        elif said.get("act") == "log-sealed" and type(size := said.get("size")) is int:
            sealed[size + 1] = index
    standing += [sealed[size] for size in needed if size in sealed]
    return Survey(
        checkpoint,
        everything if name == CUSTODY else Ranges.of(standing),
        Ranges.of(plain),
        everything - Ranges.merged(present),
        frozenset(needed),
        frozenset(sealed),
    )


def plain_kind(body: bytes) -> str | None:
    """The kind of a stored exhibit if it is one that is never encrypted."""
    if body[_VERSION] != 1:
        return None
    length = body[_KIND]
    kind = body[_KIND + 1 : _KIND + 1 + length].decode("ascii", "replace")
    return kind if kind in PLAIN_KINDS else None


def commitments(directory: Path, size: int, chosen: Ranges) -> Iterator[tuple[int, bytes]]:
    """(index, commitment) of the chosen exhibits, out of the entry bundles; erased ones keep theirs.

    Raises:
        VerificationError: an entry bundle is missing or damaged.
    """
    number, held = -1, list[bytes]()
    for index in chosen:
        if index // TILE_WIDTH != number:
            number = index // TILE_WIDTH
            width = min(size - number * TILE_WIDTH, TILE_WIDTH)
            path = tile_path(ENTRIES, number, width)
            try:
                held = commitments_in(read_file(directory, path, TILE_WIDTH * BUNDLED_BYTES), width)
            except MalformedMessage as error:
                raise VerificationError(Reason.ENTRY_DIFFERS, index, path, error.why) from None
        yield index, held[index % TILE_WIDTH]


class Prover:
    """Proofs of one log, with tile damage told as what it is."""

    def __init__(self, directory: Path, size: int) -> None:
        self._maker = _Remembering(directory, size)

    def inclusion(self, index: int) -> tuple[bytes, ...]:
        """Audit path of an exhibit."""
        try:
            return tuple(self._maker.inclusion(index))
        except MalformedMessage as error:
            raise VerificationError(Reason.TILE_DIFFERS, index, "tile", error.why) from None

    def earlier(self, size: int) -> tuple[bytes, tuple[bytes, ...]]:
        """(root of the older tree, proof that the checkpoint continues it)."""
        try:
            return self._maker.root(size), tuple(self._maker.consistency(size))
        except MalformedMessage as error:
            raise VerificationError(Reason.TILE_DIFFERS, None, "tile", error.why) from None


class _Remembering(ProofMaker):
    """Keeps the hashes that it has read: thousands of proofs of one log share most of theirs."""

    _MOST_NODES = 1 << 17

    def __init__(self, directory: Path, size: int) -> None:
        super().__init__(directory, size)
        self._nodes: dict[tuple[int, int], bytes] = {}

    def _node(self, height: int, first: int) -> bytes:
        found = self._nodes.get((height, first))
        if found is None:
            if len(self._nodes) >= self._MOST_NODES:
                self._nodes.clear()
            found = self._nodes[height, first] = super()._node(height, first)
        return found


def _said(index: int, body: bytes) -> dict[str, object]:
    """The JSON object in an act or statement; {} where there is none, which verification has told of."""
    try:
        payload = Exhibit.from_wire(body[SALT_BYTES:]).payload
    except MalformedMessage as error:
        raise VerificationError(Reason.RECORD_MALFORMED, index, "", error.why) from None
    try:
        said = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _quoted_size(said: dict[str, object]) -> int:
    """The size of the checkpoint that a statement quotes; 0 where it quotes none."""
    note = said.get("checkpoint")
    try:
        return Checkpoint.from_wire(note.encode()).size if isinstance(note, str) else 0
    except (MalformedMessage, UnicodeEncodeError):
        return 0
