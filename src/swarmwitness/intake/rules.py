# SPDX-License-Identifier: Apache-2.0
"""What a cell may hold beyond its kind: ranges, lengths, words. One table of data.

Both readers of cells, the vectorised one (`sql.py`) and the slow one (`cells.py`), follow it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from swarmwitness.terms import Rung
from swarmwitness.terms.columns import (
    NETWORK_KINDS,
    NETWORK_TOPICS,
    ORGANISATION_RELATIONS,
    SOURCES,
    TABLES,
    WORK_KINDS,
    Column,
)

INT_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Rule:
    """Limits of one column's values.

    Attributes:
        low, high: Inclusive range of a number.
        lengths: Allowed numbers of hex digits; empty = any even number.
        words: Allowed words; empty = any text.
        pattern: What a text must look like as a whole (a regular expression of Python and RE2);
            '' = any text.
        names: Words that stand for a number, in upper case with `_`.
        default: Value of an empty cell.
    """

    low: float = 0
    high: float = INT_MAX
    lengths: tuple[int, ...] = ()
    words: tuple[str, ...] = ()
    pattern: str = ""
    names: Mapping[str, int] = field(default_factory=dict)
    default: int | None = None


HASH = Rule(lengths=(40, 64))
BYTES = Rule(high=2**50)
"""1 PiB: ten days at 10 Gbit/s, more than any peer gave or any torrent holds."""
SECONDS = Rule(high=3_153_600_000)
"""A hundred years."""
RULES: dict[tuple[str, str], Rule] = {
    ("sightings", "port"): Rule(low=1, high=65535),
    ("sightings", "info_hash"): HASH,
    ("sightings", "rung"): Rule(high=11, names={rung.name: int(rung) for rung in Rung}, default=0),
    ("sightings", "source"): Rule(words=SOURCES),
    ("sightings", "peer_id"): Rule(lengths=(40,)),
    ("sightings", "progress"): Rule(high=1),
    ("sightings", "reserved"): Rule(lengths=(16,)),
    ("sightings", "bytes_received"): BYTES,
    ("sightings", "observed_at_precision_s"): SECONDS,
    ("sightings", "time_error_s"): SECONDS,
    ("works", "info_hash"): HASH,
    ("works", "kind"): Rule(words=WORK_KINDS),
    ("works", "season"): Rule(high=9_999),  # years serve as seasons
    ("works", "episode"): Rule(high=99_999_999),  # days, as 20190131, serve as episodes
    ("works", "size_bytes"): BYTES,
    ("networks", "asn"): Rule(pattern="[0-9]{1,10}( +[0-9]{1,10})*"),
    ("coverage", "polls_per_day"): Rule(high=86_400_000),  # one a millisecond
    ("networks", "kind"): Rule(words=NETWORK_KINDS),
    ("networks", "says"): Rule(words=NETWORK_TOPICS),
    ("organisations", "relation"): Rule(words=ORGANISATION_RELATIONS),
    ("coverage", "info_hash"): HASH,
    ("polls", "info_hash"): HASH,
}
# (from, to): half-open intervals; one that ends where or before it begins is refused.
INTERVALS: dict[str, tuple[tuple[str, str], ...]] = {
    "networks": (("valid_from", "valid_to"),),
    "organisations": (("valid_from", "valid_to"),),
    "coverage": (("watched_from", "watched_to"),),
}
FOREIGN = ("sightings", "works", "networks", "organisations", "coverage", "polls")


def rule_of(table: str, column: Column) -> Rule:
    """The rule of a column; the widest one where none is stated."""
    return RULES.get((table, column.name), _ANY_FLOAT if column.kind == "float" else _ANY)


def columns_of(table: str) -> tuple[Column, ...]:
    """The columns of a foreign table.

    Raises:
        ValueError: no foreign table has that name.
    """
    if table not in FOREIGN:
        raise ValueError(f"{table!r} is not one of {', '.join(FOREIGN)}")
    return TABLES[table]


_ANY = Rule()
_ANY_FLOAT = Rule(high=1.7976931348623157e308)
