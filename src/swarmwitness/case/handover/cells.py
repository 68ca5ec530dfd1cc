# SPDX-License-Identifier: Apache-2.0
"""Cells of the tables that are handed over: pseudonyms, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import ipaddress
from collections.abc import Iterable

from swarmwitness.case.pseudonyms import Pseudonyms
from swarmwitness.case.spotting import spotted
from swarmwitness.terms.instant import micros_to_text

_INSTANTS = ("observed_at", "observed_until")
_RAW = ("ltep",)
"""Left empty: an extension handshake tells the address that its sender saw."""
_RUN = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the start of a formula."""


def sighting_cell(name: str, value: object, ip: str, pseudonyms: Pseudonyms) -> object:
    """A cell of a row of sightings.

    Args:
        name: Of the column.
        ip: The row's address.
    """
    if value is None or name in _RAW or (name == "peer_id" and _tells_address(str(value), ip)):
        return ""
    if name == "ip":
        return pseudonyms.of(ip)
    if isinstance(value, int):
        return micros_to_text(value) if name in _INSTANTS else int(value)
    # A reference to an exhibit bears the name of a log, which stays as it is.
    return pseudonyms.scrub_all(value) if isinstance(value, str) and name != "exhibit" else value


def csv_bytes(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    """A table as UTF-8, a line for each row."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def harmless(cell: object) -> object:
    """An apostrophe before a text that a spreadsheet would run; what does not print is spelled out, so
    that no text begins a line or steers a terminal. Numbers stay."""
    if not isinstance(cell, str):
        return cell
    told = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cell)
    return f"'{told}" if cell.startswith(_RUN) else told


def _tells_address(peer_id: str, ip: str) -> bool:
    """Some programs put their address into their peer_id, as text or packed."""
    try:
        raw = bytes.fromhex(peer_id)
    except ValueError:
        return True
    packed = ipaddress.ip_address(ip).packed
    return packed in raw or packed[::-1] in raw or next(spotted(raw.decode("latin-1")), None) is not None
