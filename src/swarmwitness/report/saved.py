# SPDX-License-Identifier: Apache-2.0
"""A report's figures as plain JSON and back, so that a page can be written anew without the case.

Tuples come back as lists; what is printed is the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import cast

from swarmwitness.inference import YearlyRate
from swarmwitness.inference.rates import YearCount
from swarmwitness.report.holders import BlockRow, Holders, KindRow, SourceRow
from swarmwitness.report.report import (
    CheckRow,
    CurveRow,
    DisagreementRow,
    MonthRow,
    RejectedRow,
    Report,
    RungRow,
    Support,
    SwarmCurvesRow,
)
from swarmwitness.terms import Inconclusive

Json = dict[str, object]
_ROWS: dict[str, type] = {
    "rungs": RungRow,
    "timeline": MonthRow,
    "disagreements": DisagreementRow,
    "rejected": RejectedRow,
    "verification": CheckRow,
}


def to_json(report: Report) -> Json:
    """Plain values: dictionaries, lists, text and numbers."""
    plain = {field.name: getattr(report, field.name) for field in fields(report)}
    for name in _ROWS:
        plain[name] = None if plain[name] is None else [asdict(row) for row in plain[name]]
    plain["support"] = [
        {"finding_id": finding, "count_index": index, "total": s.total, "refs": list(s.refs)}
        for (finding, index), s in report.support.items()
    ]
    plain["curves"] = [asdict(swarm) for swarm in report.curves]
    plain["holders"] = None if report.holders is None else asdict(report.holders)
    plain["rates"] = {name: _measured_to_json(rate) for name, rate in report.rates.items()}
    return plain


def from_json(plain: Json) -> Report:
    """What `to_json` gave.

    Raises:
        KeyError, TypeError, ValueError: anything else.
    """
    known = dict(plain)
    known.pop("latencies", None)  # of older versions: the findings have the same figures
    for name, row in _ROWS.items():
        listed = cast("list[Json] | None", known[name])
        known[name] = None if listed is None else [row(**each) for each in listed]
    known["support"] = {
        (cast("str", each["finding_id"]), cast("int", each["count_index"])): Support(
            cast("list[str]", each["refs"]), cast("int", each["total"])
        )
        for each in cast("list[Json]", known["support"])
    }
    known["curves"] = [_swarm(each) for each in cast("list[Json]", known.get("curves", []))]
    known["holders"] = _holders(cast("Json | None", known.get("holders")))
    known["rates"] = _measured(known["rates"])
    return Report(**known)  # type: ignore[arg-type]  # a field too many or too few is a TypeError


def _holders(plain: Json | None) -> Holders | None:
    if plain is None:
        return None
    rows: dict[str, type] = {"sources": SourceRow, "kinds": KindRow, "blocks": BlockRow}
    made = {name: [row(**each) for each in cast("list[Json]", plain[name])] for name, row in rows.items()}
    return Holders(**plain | made)  # type: ignore[arg-type]


def _swarm(plain: Json) -> SwarmCurvesRow:
    curves = [CurveRow(**curve) for curve in cast("list[Json]", plain["curves"])]  # type: ignore[arg-type]
    return SwarmCurvesRow(**plain | {"curves": curves})  # type: ignore[arg-type]


def _measured_to_json(measured: YearlyRate | Inconclusive) -> Json:
    return asdict(measured)


def _measured(plain: object) -> Mapping[str, YearlyRate | Inconclusive]:
    named = cast("dict[str, Json]", plain)
    return {
        name: Inconclusive(str(each["why"])) if set(each) == {"why"} else _rate(each)
        for name, each in named.items()
    }


def _rate(plain: Json) -> YearlyRate:
    years = tuple(YearCount(**year) for year in cast("list[Json]", plain["by_year"]))  # type: ignore[arg-type]
    return YearlyRate(**plain | {"by_year": years})  # type: ignore[arg-type]
