# SPDX-License-Identifier: Apache-2.0
"""How values are written for people. Nothing is rounded to nothing, nothing is hidden in a string."""

from __future__ import annotations

import datetime as dt
import unicodedata
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from swarmwitness.terms.instant import EPOCH

SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
MINUS = "−"
KEPT = {"\n", "\t"}


def visible(value: str) -> str:
    """Show control, format and surrogate characters instead of obeying them.

    A title from a swarm may hold right-to-left overrides or NULs that make a page read otherwise
    than its bytes.
    """
    if value.isprintable():
        return value
    return "".join(c if c in KEPT or unicodedata.category(c) not in _UNSAFE else _named(c) for c in value)


_UNSAFE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _named(character: str) -> str:
    return f"⟦U+{ord(character):04X}⟧"


def count(value: int) -> str:
    """2396 -> `2,396`."""
    return f"{value:,}".replace("-", MINUS)


def figure(value: object) -> str:
    """A value of a finding: small p-values as powers of ten, null as a dash, two numbers as an interval."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return count(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, list | tuple):
        between = " to " if len(value) == 2 and not isinstance(value[0], str) else "; "
        return between.join(figure(item) for item in value)
    return str(value)


def _float(value: float) -> str:
    if value != 0 and (abs(value) < 0.0005 or abs(value) >= 1e7):
        mantissa, exponent = f"{value:.1e}".split("e")
        return f"{mantissa} × 10{str(int(exponent)).translate(SUPERSCRIPT)}".replace("-", MINUS)
    plain = f"{value:,.3f}".rstrip("0").rstrip(".") if abs(value) < 10 else f"{value:,.1f}"
    return plain.replace("-", MINUS)


def percent(share: float) -> str:
    """0.314 -> `31.4 %`; a narrow no-break space keeps sign and number together."""
    return f"{100 * share:.1f}\u202f%"


def share(value: float) -> str:
    """A share to three digits: 0.0009357 -> `0.0936 %`, 1.0 -> `100 %`."""
    return _share(value, ROUND_HALF_EVEN)


def share_at_most(value: float) -> str:
    """An upper bound is never made smaller: 0.026162 -> `2.62 %`, 0.9731 -> `97.4 %`."""
    return _share(value, ROUND_CEILING)


def share_at_least(value: float) -> str:
    """A lower bound is never made larger."""
    return _share(value, ROUND_FLOOR)


def _share(value: float, rounding: str) -> str:
    exact = Decimal(repr(float(value))) * 100
    place = min(exact.adjusted() - 2, 0) if exact else 0
    plain = f"{exact.quantize(Decimal(1).scaleb(place), rounding):f}"
    short = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return f"{short}\u202f%".replace("-", MINUS)


def n_bytes(value: float) -> str:
    """1695904 -> `1,695,904 bytes`."""
    return f"{figure(value)}\u00a0{'byte' if value == 1 else 'bytes'}"


def several(value: object, one: str, many: str = "") -> str:
    """1 -> `1 peer`, 27 -> `27 peers`."""
    return f"{figure(value)} {one if value == 1 else many or one + 's'}"


def lasting(days: float) -> str:
    """A span in the unit that it fills: 2919.0 -> `7.992 years`, 12.5 -> `12.5 days`, 0.00028 -> `24.2 s`."""
    for least, per, unit in ((365.25, 1 / 365.25, "years"), (2.0, 1.0, "days"), (2 / 24, 24.0, "hours")):
        if days >= least:
            return f"{figure(float(days * per))} {unit}"
    return f"{figure(float(days * 86_400))}\u202fs"


def instant(utc_us: int) -> str:
    """Microseconds since the epoch -> `2026-03-01 10:00:00Z`, to the second."""
    return f"{EPOCH + dt.timedelta(microseconds=utc_us):%Y-%m-%d %H:%M:%S}Z"


def reason(why: str) -> str:
    """`no_data: …` -> the words behind it."""
    return why.removeprefix("no_data:").strip()
