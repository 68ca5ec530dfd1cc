# SPDX-License-Identifier: Apache-2.0
"""How often the kind of an address is wrong, in a sentence for people; "unmeasured" where nobody knows.

The figures are measured/kinds.json, written by `python -m swarmwitness.lab.kinds`.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import cast

KINDS = ("corporate", "datacentre", "residential", "mobile", "vpn", "education")
SERVICES = {"tor_exit": "Tor exit", "seedbox": "seedbox provider"}
"""Services that are spoken of as kinds, in the words for people; of the others the kind is told."""
_Json = dict[str, object]


def measured_error(kind: str, service: str = "") -> str:
    """The measured error of a kind.

    Args:
        kind: As in a networks table.
        service: Likewise; a Tor exit or a seedbox provider has an error of its own.

    Returns:
        One sentence that begins with the kind, or the service, and a colon.
    """
    if service in SERVICES:
        return f"{SERVICES[service]}: unmeasured: no labelled data"
    if kind not in KINDS:
        return f"{kind or 'unknown'}: no kind is stated"
    told = cast("_Json", json.loads(files(__package__).joinpath("measured/kinds.json").read_text("utf-8")))
    figures = _of(_of(told, "kinds"), kind)
    if figures and figures["n"]:
        return f"{kind}: {_error(figures)}; measured on {told['measured_on']}"
    return f"{kind}: unmeasured: {_why(figures, _of(_of(told, 'spot_checks'), kind))}"


def _of(told: _Json, name: str) -> _Json:
    return cast("_Json", told.get(name) or {})


def _error(figures: _Json) -> str:
    other = _of(figures, "other_as")
    return (
        f"of {figures['n']:,} ranges whose providers publish them, taken for another kind: "
        f"{figures['wrong']:,} (at most {figures['upper95']} %, 95 %, if ranges were independent) "
        f"and none is known of {figures['unknown']:,}; "
        f"wrong among the {other['n']:,} that another network announces: {other['wrong']:,}"
    )


def _why(figures: _Json, checks: _Json) -> str:
    if figures:
        return f"none of {figures['listed']:,} published ranges lies in the table that kinds were measured on"
    if not checks:
        return "no labelled data"
    n, uncovered = cast("int", checks["n"]), cast("int", checks["uncovered"])
    wrong = len(cast("list[str]", checks["wrong"]))
    answered = n - uncovered - cast("int", checks["unknown"])
    return f"labelled addresses: {n}, of them answered: {answered}, of those wrong: {wrong}; too few to tell"
