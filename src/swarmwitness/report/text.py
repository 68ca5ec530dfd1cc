# SPDX-License-Identifier: Apache-2.0
"""How values are written for people. Nothing is rounded to nothing, nothing is hidden in a string."""

from __future__ import annotations

import unicodedata

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


def reason(why: str) -> str:
    """`no_data: …` -> the words behind it."""
    return why.removeprefix("no_data:").strip()
