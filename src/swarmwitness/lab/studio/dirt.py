# SPDX-License-Identifier: Apache-2.0
"""What real exports contain: repeated rows, two spellings of one address, and rows that no one can read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

# One malformed CSV field each: (column, bytes that stand there, what is wrong).
_BAD_FIELDS: tuple[tuple[str, bytes, str], ...] = (
    ("observed_at", b"2018-13-40T00:00:00Z", "a date that does not exist"),
    ("observed_at", b"2018-02-29T12:00:00Z", "a day that does not exist"),
    ("observed_at", b"2018-05-04T10:11:12", "a time without a zone"),
    ("observed_at", b"yesterday", "not a time"),
    ("observed_at", b"", "no time"),
    ("ip", b"300.1.2.3", "not an address"),
    ("ip", b"2001:db8::zz", "not an address"),
    ("ip", b"", "no address"),
    ("ip", b"198.18.\xff.1", "not UTF-8"),
    ("port", b"70000", "a port above 65535"),
    ("port", b"0", "port 0"),
    ("info_hash", b"0123456789abcdef0123456789abcdef0123456", "39 digits"),
    ("info_hash", b"zz23456789abcdef0123456789abcdef01234567", "not hexadecimal"),
    ("info_hash", b"", "no info_hash"),
    ("rung", b"12", "no such rung"),
    ("rung", b"SEEDED", "no such rung"),
    ("progress", b"1.5", "progress above 1"),
    ("progress", b"NaN", "progress that is no number"),
)
_EACH = 2
TOO_FEW, TOO_MANY = "too few fields", "too many fields"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that must be refused; `line` is the physical line (CSV) or record number (Parquet), from 1."""

    file: str
    line: int
    wrong: str


def duplicated(table: pa.Table, share: float, rng: np.random.Generator) -> pa.Table:
    """Repeat a share of the rows right behind themselves, exactly."""
    times = np.where(rng.random(len(table)) < share, 2, 1)
    return table.take(np.repeat(np.arange(len(table)), times))


def mapped(table: pa.Table, share: float, rng: np.random.Generator) -> pa.Table:
    """Spell a share of the IPv4 addresses as a dual-stack socket does: ::ffff:192.0.2.1."""
    chosen = (rng.random(len(table)) < share).tolist()
    ips = [str(ip) for ip in table.column("ip").to_pylist()]
    spelled = [f"::ffff:{ip}" if pick and ":" not in ip else ip for ip, pick in zip(ips, chosen, strict=True)]
    return table.set_column(table.schema.get_field_index("ip"), "ip", pa.array(spelled))


def soiled_lines(
    name: str, header: tuple[str, ...], lines: list[bytes], rng: np.random.Generator
) -> tuple[list[bytes], list[Rejected]]:
    """Put malformed copies among good CSV lines.

    Args:
        lines: Good records without line ends. A record may hold a quoted line break.

    Returns:
        All lines, and what must be refused with its physical line (the header is line 1).
    """
    bad = [(column, value, wrong) for column, value, wrong in _BAD_FIELDS for _ in range(_EACH)]
    bad += [("", b"", wrong) for wrong in (TOO_FEW, TOO_MANY) for _ in range(_EACH)]
    plain = [number for number, line in enumerate(lines) if b'"' not in line]
    places = dict(zip(np.sort(rng.choice(plain, len(bad), replace=False)).tolist(), bad, strict=True))
    out: list[bytes] = []
    refused: list[Rejected] = []
    physical = 1
    for number, line in enumerate(lines):
        out.append(line)
        physical += 1 + line.count(b"\n")
        if number in places:
            column, value, wrong = places[number]
            out.append(_spoilt(line, header, column, value, wrong))
            physical += 1
            refused.append(Rejected(name, physical, wrong))
    return out, refused


def _spoilt(line: bytes, header: tuple[str, ...], column: str, value: bytes, wrong: str) -> bytes:
    fields = line.split(b",")
    if wrong == TOO_FEW:
        return b",".join(fields[:5])
    if wrong == TOO_MANY:
        return line + b",surplus,fields"
    fields[header.index(column)] = value
    return b",".join(fields)


def soiled_table(name: str, table: pa.Table, rng: np.random.Generator) -> tuple[pa.Table, list[Rejected]]:
    """Put malformed rows into a typed table; `line` is the record number from 1."""
    spoil: tuple[tuple[str, object, str], ...] = (
        ("observed_at", None, "no time"),
        ("ip", "203.0.113", "not an address"),
        ("ip", None, "no address"),
        ("port", 70_000, "a port above 65535"),
        ("info_hash", "abc123", "6 digits"),
        ("info_hash", "g" * 40, "not hexadecimal"),
        ("rung", 12, "no such rung"),
        ("progress", 1.5, "progress above 1"),
        ("progress", float("nan"), "progress that is no number"),
    )
    bad = [entry for entry in spoil for _ in range(_EACH)]
    places = np.sort(rng.choice(np.arange(1, len(table)), len(bad), replace=False)).tolist()
    parts, refused, before = [], [], 0
    for done, (place, (column, value, wrong)) in enumerate(zip(places, bad, strict=True)):
        parts.append(table.slice(before, place - before))
        parts.append(_spoilt_row(table.slice(place, 1), column, value))
        refused.append(Rejected(name, place + done + 1, wrong))
        before = place
    return pa.concat_tables([*parts, table.slice(before)]), refused


def _spoilt_row(row: pa.Table, column: str, value: object) -> pa.Table:
    at = row.schema.get_field_index(column)
    return row.set_column(at, row.schema.field(at), pa.array([value], row.schema.field(at).type))
