# SPDX-License-Identifier: Apache-2.0
"""The fast reader of cells: one SQL expression per column, NULL = "not accepted here".

Theory of operation. Every source column arrives as text, '' = empty. An expression may refuse what
`cells.py` would take (an odd spelling costs only time), but must never take what that refuses or
take it for another value. Addresses other than dotted IPv4, and prefixes, come with a second
column NAME_canon that Python has filled for the distinct values of the batch.
"""

from __future__ import annotations

from collections.abc import Callable

from swarmwitness.intake.rules import Rule
from swarmwitness.terms.columns import Column

_BYTE = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
IPV4 = rf"^(?:{_BYTE}\.){{3}}{_BYTE}$"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?"
_STAMP = rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[T ]{_CLOCK}"
_ZONED = rf"{_STAMP}(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
_FLOAT = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
# A day inside the range at both ends, so that no offset can leave the years 1-9999.
_YEARS = "BETWEEN TIMESTAMPTZ '0001-01-02 00:00:00+00' AND TIMESTAMPTZ '9999-12-30 00:00:00+00'"
ARROW_TYPES = {
    "int": "BIGINT",
    "float": "DOUBLE",
    "bool": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMPTZ",
}


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def typed(column: Column, rule: Rule, zone: str | None) -> str:
    """SQL for the value of a source column of the same name; NULL where it is empty or odd."""
    source = quoted(column.name)
    if column.kind == "timestamp":
        return _timestamp(source, zone)
    return _TYPED[column.kind](source, rule)


def accepted(column: Column, rule: Rule) -> str:
    """SQL: whether the typed value (`v_NAME`) settles the cell."""
    value = quoted("v_" + column.name)
    if column.required:
        return f"{value} IS NOT NULL"
    return f"({value} IS NOT NULL OR {quoted(column.name)} = '')"


def _timestamp(source: str, zone: str | None) -> str:
    value = f"TRY_CAST({source} AS TIMESTAMPTZ)"
    zoned = f"CASE WHEN regexp_full_match({source}, '{_ZONED}') AND {value} {_YEARS} THEN {value} END"
    return zoned if zone is None else f"coalesce({zoned}, {_local(source, zone)})"


def _local(source: str, zone: str) -> str:
    """A local time, taken only where the zone's offset is the same three hours before and after."""
    name, naive = literal(zone), f"TRY_CAST({source} AS TIMESTAMP)"
    same = " AND ".join(
        f"timezone({name}, {naive} {sign} INTERVAL 3 HOUR) = timezone({name}, {naive}) {sign} INTERVAL 3 HOUR"
        for sign in "+-"
    )
    years = "BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '9998-01-01'"
    shape = f"regexp_full_match({source}, '{_STAMP}') AND {naive} {years}"
    return f"CASE WHEN {shape} THEN CASE WHEN {same} THEN timezone({name}, {naive}) END END"


def _int(source: str, rule: Rule) -> str:
    value = f"TRY_CAST({source} AS BIGINT)"
    in_range = f"{value} BETWEEN {int(rule.low)} AND {int(rule.high)}"
    number = f"CASE WHEN CAST({value} AS VARCHAR) = {source} AND {in_range} THEN {value} END"
    empty = f"CASE WHEN {source} = '' THEN {rule.default} END, " if rule.default is not None else ""
    return f"coalesce({empty}{number}, {_named(source, rule)})"


def _named(source: str, rule: Rule) -> str:
    if not rule.names:
        return "NULL"
    cases = " ".join(f"WHEN {literal(word)} THEN {number}" for word, number in rule.names.items())
    word = f"upper(replace({source}, '-', '_'))"
    return f"CASE WHEN regexp_full_match({source}, '[A-Za-z_-]+') THEN CASE {word} {cases} END END"


def _float(source: str, rule: Rule) -> str:
    value = f"TRY_CAST({source} AS DOUBLE)"
    shape = f"regexp_full_match({source}, '{_FLOAT}')"
    in_range = f"isfinite({value}) AND {value} BETWEEN {rule.low!r} AND {rule.high!r}"
    return f"CASE WHEN {shape} AND {in_range} THEN {value} END"


def _hex(source: str, rule: Rule) -> str:
    shapes = "|".join(f"[0-9a-f]{{{length}}}" for length in rule.lengths) or "(?:[0-9a-f]{2})+"
    return f"CASE WHEN regexp_full_match(lower({source}), '{shapes}') THEN lower({source}) END"


def _text(source: str, rule: Rule) -> str:
    if rule.pattern:
        return f"CASE WHEN regexp_full_match({source}, {literal(rule.pattern)}) THEN {source} END"
    if not rule.words:
        return f"nullif({source}, '')"
    return f"CASE WHEN {source} IN ({', '.join(map(literal, rule.words))}) THEN {source} END"


def _bool(source: str, rule: Rule) -> str:
    return (
        f"CASE WHEN lower({source}) IN ('true', '1', 'yes') THEN true "
        f"WHEN lower({source}) IN ('false', '0', 'no') THEN false END"
    )


def _date(source: str, rule: Rule) -> str:
    shape = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
    value = f"TRY_CAST({source} AS DATE)"
    years = "BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'"
    return f"CASE WHEN regexp_full_match({source}, '{shape}') AND {value} {years} THEN {value} END"


def canon(name: str) -> str:
    """The helper column that holds what Python read for the distinct odd values."""
    return name + "_canon"


def _prefix(source: str, rule: Rule) -> str:
    return quoted(canon(source[1:-1]))


def _ip(source: str, rule: Rule) -> str:
    return f"CASE WHEN regexp_full_match({source}, '{IPV4}') THEN {source} ELSE {_prefix(source, rule)} END"


_TYPED: dict[str, Callable[[str, Rule], str]] = {
    "int": _int,
    "float": _float,
    "hex": _hex,
    "text": _text,
    "bool": _bool,
    "date": _date,
    "ip": _ip,
    "prefix": _prefix,
}
