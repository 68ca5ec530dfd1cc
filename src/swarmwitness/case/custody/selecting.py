# SPDX-License-Identifier: Apache-2.0
"""From a scope to the exhibits of one log: read once for its rows, once more for whole connections."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING

import pyarrow as pa

from swarmwitness.case import home
from swarmwitness.case.custody.matching import Matcher
from swarmwitness.case.folder import CaseLog
from swarmwitness.evidence import Exhibit, VerificationError, read
from swarmwitness.evidence.custody.scan import of_connections
from swarmwitness.evidence.failure import Reason
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.evidence.reading import exhibit_of, read_checkpoint, stored_bodies
from swarmwitness.evidence.segment import is_erased
from swarmwitness.evidence.statement import PLAIN_KINDS
from swarmwitness.observation import Replayer, to_table
from swarmwitness.observation.note import Note
from swarmwitness.terms import InputError, MalformedMessage, Rung
from swarmwitness.terms.endpoint import fold
from swarmwitness.terms.sighting import Sighting

if TYPE_CHECKING:
    from swarmwitness.case.custody.scope import Scope

ROWS_AT_ONCE = 65_536


def exhibits_of(log: CaseLog) -> Iterator[tuple[int, Exhibit]]:
    """Every sealed exhibit of a log of the case, opened with the content key that lies on this machine.

    Raises:
        InputError: it is encrypted, and its content key is not here.
        VerificationError: a damaged exhibit.
    """
    with _key_of(log) as key:
        yield from read(log.path, content_key=key)


def _opened(log: CaseLog, bodies: Iterable[tuple[int, bytes, str]]) -> Iterator[tuple[int, Exhibit]]:
    """Some exhibits as they are stored, the erased ones left out; errors as `exhibits_of`."""
    with _key_of(log) as key:
        for index, body, path in bodies:
            if not is_erased(body):
                yield index, exhibit_of(body, index, path, key)


@contextmanager
def _key_of(log: CaseLog) -> Iterator[bytes | None]:
    """The content key of a log, if it is here; that it was needed and is not is bad use, not bad evidence."""
    origin = read_checkpoint(log.path).origin
    try:
        yield home.content_key(origin, make=False)
    except VerificationError as error:
        if error.reason is not Reason.ENVELOPE_KEY:
            raise
        where = home.content_key_file(origin)
        raise InputError(
            f"{log.name}/ is encrypted and its content key is not here", file=str(where)
        ) from None


class LogSelection:
    """One log, read once for its rows and once more for whole connections."""

    def __init__(self, log: CaseLog, scope: Scope, matcher: Matcher | None) -> None:
        checkpoint = read_checkpoint(log.path)
        self._log, self._scope, self._matcher = log, scope, matcher
        self._origin, self._size = checkpoint.origin, checkpoint.size

    def run(self, whole_connections: bool) -> Ranges:
        """The exhibits that are meant, see `scope.select`."""
        named, connections = self._named(), set[int]()
        if self._matcher is not None:
            named, connections = self._matched(self._matcher, whole_connections)
        return self._closed(named, connections) if whole_connections else named

    def _named(self) -> Ranges:
        everything = Ranges(((0, self._size),))
        if self._scope.is_everything:
            return everything
        return self._scope.references.get(f"log:{self._origin}", Ranges()) & everything

    def _matched(self, matcher: Matcher, dialled: bool) -> tuple[Ranges, set[int]]:
        """The exhibits that matching rows cite, and the connections that these rows are about."""
        cited: list[int] = []
        connections: set[int] = set()
        for portion in _portions(self._rows(dialled)):
            table = to_table(portion).select(["connection_id", *matcher.COLUMNS])
            for row in table.filter(pa.array(matcher.mask(table))).to_pylist():
                cited.append(_number(row["exhibit"]))
                connections.add(_number(row["connection_id"]))
        return Ranges.of(cited), connections

    def _rows(self, dialled: bool) -> Iterator[Sighting]:
        replayer = Replayer(self._origin)
        for index, exhibit in exhibits_of(self._log):
            yield from replayer.feed(index, exhibit)
            if dialled and exhibit.kind == "net" and exhibit.remote is not None:
                yield from self._dial(index, exhibit)
        yield from replayer.finish()

    def _dial(self, index: int, exhibit: Exhibit) -> Iterator[Sighting]:
        """That an endpoint was dialled, as a row: who never answered gives no other."""
        assert exhibit.remote is not None
        try:
            info_hash = Note.from_wire(exhibit.payload).info_hash("info_hash").to_text()
        except MalformedMessage:
            info_hash = ""
        yield Sighting(
            observed_at=exhibit.at.utc_us,
            ip=str(fold(exhibit.remote.ip)),
            port=exhibit.remote.port or None,
            info_hash=info_hash,
            rung=Rung.LISTED,
            source="outbound",
            exhibit=f"log:{self._origin}/{index}",
            collector=exhibit.vantage,
            connection_id=f"{self._origin}/{exhibit.connection}",
        )

    def _closed(self, named: Ranges, connections: set[int]) -> Ranges:
        """Everything of these connections, and of those that the named exhibits belong to."""
        if self._scope.is_everything:
            return Ranges.of(i for i, e in exhibits_of(self._log) if e.kind not in PLAIN_KINDS)
        found: set[int] = set()
        if self._matcher is None:
            # What has no connection is meant only where it is named itself.
            pointed_at = list(_opened(self._log, stored_bodies(self._log.path, named)))
            found = {index for index, exhibit in pointed_at if exhibit.kind not in PLAIN_KINDS}
            connections |= {exhibit.connection for _, exhibit in pointed_at}
        connections.discard(0)
        for index, exhibit in _opened(self._log, of_connections(self._log.path, connections)):
            if exhibit.kind not in PLAIN_KINDS and exhibit.connection in connections:
                found.add(index)
        return Ranges.of(found)


def _number(reference_text: object) -> int:
    """The number at the end of `log:ORIGIN/INDEX` or `ORIGIN/CONNECTION`."""
    return int(str(reference_text).rpartition("/")[2])


def _portions(rows: Iterator[Sighting]) -> Iterator[list[Sighting]]:
    while portion := list(islice(rows, ROWS_AT_ONCE)):
        yield portion
