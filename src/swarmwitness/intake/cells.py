# SPDX-License-Identifier: Apache-2.0
"""The slow, exact reader of one cell: text -> value, or a ValueError that says what is wrong.

This is the definition of what a cell may say. `sql.py` accepts a subset of it at speed; every row
that it does not accept comes here and is taken or refused with a reason.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import math
import re
from collections.abc import Callable
from zoneinfo import ZoneInfo

from swarmwitness.intake.rules import Rule
from swarmwitness.intake.told import Unfit
from swarmwitness.terms.endpoint import address_from_text
from swarmwitness.terms.instant import EPOCH, micros_from_text

Value = str | int | float | bool | dt.date | None
_DIGITS = re.compile(r"[0-9]{1,19}")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NAIVE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?")
_HEX = re.compile(r"(?:[0-9a-f]{2})+")
_TRUE, _FALSE = ("true", "1", "yes"), ("false", "0", "no")


def read_cell(kind: str, text: str, rule: Rule, zone: str | None = None) -> Value:
    """Read one cell that is not empty. Timestamps come as µs since the epoch (UTC).

    Raises:
        Unfit: says what is wrong, without the column's name; the cell is told as `told` tells it.
    """
    try:
        return _instant(text, zone) if kind == "timestamp" else _READERS[kind](text, rule)
    except Unfit:
        raise
    except ValueError:
        # Whatever else reads texts quotes them in its own way, at any length.
        raise Unfit(_WANTED.get(kind, f"not a value of kind {kind}"), text) from None


_WANTED = {
    "timestamp": "not an RFC 3339 time with a zone, or none that exists",
    "date": "no such date",
    "ip": "not an IP address, or one with a zone",
}


def _instant(text: str, zone: str | None) -> int:
    naive = _NAIVE.fullmatch(text)
    micros = _micros_of_local(naive, text, zone) if naive else micros_from_text(text)
    if not -62_135_596_800_000_000 <= micros < 253_402_300_800_000_000:
        raise Unfit("not in the years 1-9999 of UTC", text)
    return micros


def _micros_of_local(naive: re.Match[str], text: str, zone: str | None) -> int:
    if zone is None:
        raise Unfit("a time without a zone is no instant", text)
    day, clock, fraction = naive.groups()
    local = dt.datetime.fromisoformat(f"{day}T{clock}")
    micros = {_utc_micros(local.replace(tzinfo=ZoneInfo(zone), fold=fold), local) for fold in (0, 1)}
    found = [value for value in micros if value is not None]
    if len(found) != 1:
        # When a clock goes back, one hour happens twice; when it goes forward, one never happens.
        raise Unfit(f"{'ambiguous' if found else 'no such'} local time in {zone}", text)
    return found[0] + int((fraction or "0").ljust(6, "0")[:6])


def _utc_micros(moment: dt.datetime, local: dt.datetime) -> int | None:
    """µs since the epoch, or None where the zone's clock never showed that local time."""
    try:
        back = moment.astimezone(dt.UTC).astimezone(moment.tzinfo)
        return (
            (moment - EPOCH) // dt.timedelta(microseconds=1) if back.replace(tzinfo=None) == local else None
        )
    except OverflowError:
        return None


def _int(text: str, rule: Rule) -> int:
    name = text.upper().replace("-", "_") if text.isascii() else text
    if name in rule.names:
        return rule.names[name]
    if not _DIGITS.fullmatch(text):
        raise Unfit("neither number nor name" if rule.names else "not a whole number", text)
    return int(_ranged(int(text), text, rule))


def _float(text: str, rule: Rule) -> float:
    if not _DECIMAL.fullmatch(text):
        raise Unfit("not a number", text)
    return float(_ranged(float(text), text, rule))


def _ranged(number: int | float, text: str, rule: Rule) -> int | float:
    if not (math.isfinite(number) and rule.low <= number <= rule.high):
        raise Unfit(f"not between {rule.low} and {rule.high}", text)
    return number


def _hex(text: str, rule: Rule) -> str:
    lower = text.lower() if text.isascii() else text
    if rule.lengths and len(text) not in rule.lengths:
        wanted = " or ".join(str(length) for length in rule.lengths)
        raise Unfit(f"{len(text)} characters where {wanted} hex digits belong", text)
    if not _HEX.fullmatch(lower):
        raise Unfit("not hexadecimal", text)
    return lower


def _text(text: str, rule: Rule) -> str:
    if rule.pattern and not re.fullmatch(rule.pattern, text):
        raise Unfit(f"not of the form {rule.pattern}", text)
    if rule.words and text not in rule.words:
        raise Unfit(f"not one of {', '.join(rule.words)}", text)
    return text


def _bool(text: str, rule: Rule) -> bool:
    word = text.lower()
    if word not in _TRUE + _FALSE:
        raise Unfit("neither true nor false", text)
    return word in _TRUE


def _date(text: str, rule: Rule) -> dt.date:
    if not _DAY.fullmatch(text):
        raise Unfit("not a date YYYY-MM-DD", text)
    return dt.date.fromisoformat(text)


def _ip(text: str, rule: Rule) -> str:
    return str(address_from_text(text))


def _prefix(text: str, rule: Rule) -> str:
    if "%" in text or "/" in text.rpartition("/")[0] or not re.fullmatch(r"[^/]+(?:/[0-9]{1,3})?", text):
        raise Unfit("not a prefix ADDRESS/BITS", text)
    try:
        network = ipaddress.ip_network(text, strict=True)
    except ValueError:
        raise Unfit("not a prefix, or one with host bits set", text) from None
    mapped = isinstance(network, ipaddress.IPv6Network) and network.network_address.ipv4_mapped
    if mapped and network.prefixlen >= 96:
        return f"{mapped}/{network.prefixlen - 96}"
    return str(network)


_READERS: dict[str, Callable[[str, Rule], Value]] = {
    "int": _int,
    "float": _float,
    "hex": _hex,
    "text": _text,
    "bool": _bool,
    "date": _date,
    "ip": _ip,
    "prefix": _prefix,
}
