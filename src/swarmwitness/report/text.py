# SPDX-License-Identifier: Apache-2.0
"""How values are written for people. Nothing is rounded to nothing, nothing is hidden in a string."""

from __future__ import annotations

import datetime as dt
import math
import unicodedata
from collections.abc import Sequence
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
    """A value of a finding: small p-values as powers of ten, null as a dash.

    Two numbers are an interval, rounded outward.
    """
    if value is None:
        return "—"
    if isinstance(value, int):
        return count(value) if not isinstance(value, bool) else "yes" if value else "no"
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, list | tuple):
        return _list(value)
    return str(value)


def _list(value: Sequence[object]) -> str:
    if len(value) == 2 and not isinstance(value[0], str):
        return f"{figure_at_least(value[0])} to {figure_at_most(value[1])}"
    return "; ".join(figure(item) for item in value)


def figure_at_least(value: object) -> str:
    """The lower end of an interval is never made larger: 0.8839 -> `0.883`."""
    return _float(value, ROUND_FLOOR) if isinstance(value, float) else figure(value)


def figure_at_most(value: object) -> str:
    """The upper end of an interval is never made smaller: 1.3232 -> `1.324`."""
    return _float(value, ROUND_CEILING) if isinstance(value, float) else figure(value)


def figure_beside(value: float, edge: float) -> str:
    """With places enough to tell on which side of an edge it lies: 27.99 beside 28 -> `27.99`."""
    if value == edge or figure(value) != figure(float(edge)):
        return figure(value)
    told = (f"{value:.{places}f}" for places in range(_places(value), 18))
    return next((plain for plain in told if float(plain) != edge), repr(value)).replace("-", MINUS)


def _places(value: float) -> int:
    return 4 if abs(value) < 0.1 else 3 if abs(value) < 10 else 1


def _float(value: float, rounding: str = ROUND_HALF_EVEN) -> str:
    """Below 0.1 four decimals, below 10 three, else one; very small and very large as powers of ten."""
    if not math.isfinite(value):
        return str(value).replace("-", MINUS)
    # Directed rounding starts from the digits that are written; the binary value may lie beyond them.
    exact = Decimal(value) if rounding == ROUND_HALF_EVEN else Decimal(repr(float(value)))
    places = _places(value)
    if value != 0 and (abs(value) < 0.0005 or abs(value) >= 1e7):
        rounded = exact.quantize(Decimal(1).scaleb(exact.adjusted() - 1), rounding)
        mantissa, exponent = f"{rounded:.1e}".split("e")
        return f"{mantissa} × 10{str(int(exponent)).translate(SUPERSCRIPT)}".replace("-", MINUS)
    plain = f"{exact.quantize(Decimal(1).scaleb(-places), rounding):,f}"
    return (plain if places == 1 else plain.rstrip("0").rstrip(".")).replace("-", MINUS)


def percent(share: float) -> str:
    """0.314 -> `31.4 %`; a narrow no-break space keeps sign and number together."""
    return f"{100 * share:.1f}\u202f%"


def share(value: float) -> str:
    """A share to three digits: 0.0009357 -> `0.0936 %`; only all is `100 %`: 0.9996 -> `99.96 %`."""
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
    rounded = exact.quantize(Decimal(1).scaleb(place), rounding)
    if rounded == _ALL and exact < _ALL:
        rounded = exact.quantize(Decimal(1).scaleb((_ALL - exact).adjusted()), rounding)
    plain = f"{rounded:f}"
    short = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return f"{short}\u202f%".replace("-", MINUS)


_ALL = Decimal(100)


def n_bytes(value: float) -> str:
    """1695904 -> `1,695,904 bytes`."""
    return f"{figure(value)}\u00a0{'byte' if value == 1 else 'bytes'}"


def several(value: object, one: str, many: str = "") -> str:
    """1 -> `1 peer`, 27 -> `27 peers`."""
    return f"{figure(value)} {one if value == 1 else many or one + 's'}"


def lasting(days: float, edge: float = 0.0) -> str:
    """A span in the unit that it fills: 2919.0 -> `7.992 years`, 12.5 -> `12.5 days`, 0.00028 -> `24.2 s`.

    Args:
        edge: Days; the figure shows on which side of them it lies.
    """
    for least, per, unit in ((365.25, 1 / 365.25, "year"), (2.0, 1.0, "day"), (2 / 24, 24.0, "hour")):
        if days >= least:
            told = figure_beside(float(days * per), edge * per)
            return f"{told} {unit if told == '1' else unit + 's'}"
    return f"{figure(float(days * 86_400))}\u202fs"


def instant(utc_us: int) -> str:
    """Microseconds since the epoch -> `2026-03-01 10:00:00Z`, to the second."""
    return f"{EPOCH + dt.timedelta(microseconds=utc_us):%Y-%m-%d %H:%M:%S}Z"


def reason(why: str) -> str:
    """`no_data: …` -> the words behind it."""
    return why.removeprefix("no_data:").strip()
