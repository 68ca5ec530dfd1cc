# SPDX-License-Identifier: Apache-2.0
"""Charts as SVG text: Altair describes, vl-convert draws, offline and the same each time.

Ink is `currentColor`, so that a chart follows the page from light to dark and to print. No chart
carries a meaning by colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import altair as alt
import vl_convert

from swarmwitness.report.report import MonthRow, RungRow
from swarmwitness.report.text import visible
from swarmwitness.terms import Rung

INK = "currentColor"
FONT = "Liberation Sans, Arial, sans-serif"
LABEL_LIMIT = 150


def timeline_svg(rows: Sequence[MonthRow], unit: str) -> str:
    """Bars by month, one panel for each set, each with its own scale from zero."""
    data = alt.InlineData(
        values=[{"set": visible(r.set), "month": f"{r.month}-01", "value": r.value} for r in rows]
    )
    bars = (
        alt.Chart(data, width=640, height=64)
        .mark_bar(color=INK, opacity=0.75, binSpacing=0)
        .encode(
            x=alt.X(
                "month:T", timeUnit="utcyearmonth", title=None, axis=alt.Axis(format="%Y", tickCount="year")
            ),
            y=alt.Y("value:Q", title=None, axis=alt.Axis(tickCount=2, format="~s")),
            row=alt.Row("set:N", sort=_sets(rows), title=f"{unit} per month", header=_header("left")),
        )
        .resolve_scale(y="independent")
    )
    return svg(bars)


def rungs_svg(rows: Sequence[RungRow]) -> str:
    """How many sightings stand at each rung: a stroke for each, on a log scale, one panel a set."""
    values = [
        {"set": visible(r.set), "rung": f"{r.rung} {Rung(r.rung).name}", "sightings": r.sightings, "one": 0.7}
        for r in rows
        if r.sightings > 0
    ]
    order = [f"{rung.value} {rung.name}" for rung in Rung]
    x = alt.X(
        "sightings:Q", title=None, scale=alt.Scale(type="log", domainMin=0.7, nice=False), axis=_log_axis()
    )
    y = alt.Y("rung:N", sort=order, title=None)
    base = alt.Chart(width=180, height=alt.Step(15))
    strokes = base.mark_rule(color=INK, opacity=0.5).encode(x=x, x2="one:Q", y=y)
    ends = base.mark_point(color=INK, filled=True, size=34, opacity=1).encode(x=x, y=y)
    chart = alt.layer(strokes, ends, data=alt.InlineData(values=values)).facet(
        facet=alt.Facet("set:N", sort=_sets(rows), title=None, header=_header("top")), columns=3
    )
    return svg(chart)


def _sets(rows: Sequence[MonthRow] | Sequence[RungRow]) -> list[str]:
    """The sets' names in the order of the report."""
    return list(dict.fromkeys(visible(r.set) for r in rows))


def _log_axis() -> alt.Axis:
    return alt.Axis(values=[1, 10, 100, 1000, 10**4, 10**5, 10**6, 10**7], format="~s", grid=True)


def _header(orient: Literal["left", "top"]) -> alt.Header:
    beside = {"labelAngle": 0, "labelAlign": "left"} if orient == "left" else {"labelAnchor": "start"}
    return alt.Header(
        labelOrient=orient, labelColor=INK, titleColor=INK, labelLimit=LABEL_LIMIT, labelFontSize=12,
        titleFontSize=12, titleFontWeight="normal", labelFontWeight="bold", **beside,
    )  # fmt: skip


def svg(chart: alt.Chart | alt.FacetChart) -> str:
    """The picture, in the ink of the page."""
    axis = {
        "labelColor": INK, "titleColor": INK, "domainColor": INK, "tickColor": INK, "gridColor": INK,
        "gridOpacity": 0.15, "domainOpacity": 0.5, "labelFontSize": 11,
    }  # fmt: skip
    styled = chart.configure(font=FONT, background="transparent", axis=axis, view={"stroke": None})
    return vl_convert.vegalite_to_svg(styled.to_json(), vl_version="6.4")
