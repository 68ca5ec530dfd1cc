# SPDX-License-Identifier: Apache-2.0
"""Completion curves as SVG: a strip for each peer of a swarm, all on one axis of time (UTC)."""

from __future__ import annotations

from collections.abc import Iterator

import altair as alt

from swarmwitness.report.charts import INK, LABEL_LIMIT, svg
from swarmwitness.report.report import CurveRow, SwarmCurvesRow
from swarmwitness.report.text import visible

CHALLENGE, PIECE = "challenge met", "verified piece"
MINUTE_MS, DAY_MS = 60_000, 86_400_000
_HEIGHT = 34


def curves_svg(swarm: SwarmCurvesRow) -> str:
    """One step line per peer from its first claim to its last, with marks where more than a claim came."""
    order = [visible(curve.peer) for curve in swarm.curves]
    steps = alt.InlineData(values=[row for curve in swarm.curves for row in _steps(curve)])
    base = alt.Chart(steps, width=560, height=_HEIGHT)
    x, y = _time(swarm), _share()
    line = base.mark_line(color=INK, interpolate="step-after", strokeWidth=1.2).encode(x=x, y=y)
    dots = base.transform_filter("datum.kind == 'claim'").mark_circle(color=INK, size=10, opacity=1)
    marks = base.transform_filter("datum.kind != 'claim'").mark_point(color=INK, size=48, strokeWidth=1.2)
    layers = alt.layer(line, dots.encode(x=x, y=y), marks.encode(x=x, y=y, shape=_shapes()), data=steps)
    header = alt.Header(
        labelOrient="left", labelAngle=0, labelAlign="left", labelColor=INK, labelLimit=LABEL_LIMIT,
        labelFontSize=11,
    )  # fmt: skip
    return svg(layers.facet(row=alt.Row("peer:N", sort=order, title=None, header=header), spacing=8))


def _steps(curve: CurveRow) -> Iterator[dict[str, object]]:
    """The claims, and the marks at the share that was claimed then."""
    peer = visible(curve.peer)
    for at, share in curve.points:
        yield {"peer": peer, "at": at / 1000, "share": share, "kind": "claim"}
    for kind, times in ((CHALLENGE, curve.challenges), (PIECE, curve.pieces)):
        for at in times:
            yield {"peer": peer, "at": at / 1000, "share": _claimed(curve, at), "kind": kind}


def _claimed(curve: CurveRow, at: int) -> float:
    """The last share on record at that time."""
    told = [share for when, share in curve.points if when <= at]
    return told[-1] if told else curve.points[0][1]


def _time(swarm: SwarmCurvesRow) -> alt.X:
    times = [at / 1000 for curve in swarm.curves for at, _ in curve.points]
    span = max(times) - min(times)
    form = "%H:%M:%S" if span < 10 * MINUTE_MS else "%d %b %H:%M" if span < 3 * DAY_MS else "%d %b %Y"
    # Of a single instant there is no scale: half a minute before and after it.
    domain = [min(times), max(times)] if span else [times[0] - MINUTE_MS / 2, times[0] + MINUTE_MS / 2]
    axis = alt.Axis(format=form, tickCount=5, labelOverlap=True, grid=True)
    return alt.X("at:T", title=None, scale=alt.Scale(type="utc", domain=domain, nice=False), axis=axis)


def _share() -> alt.Y:
    axis = alt.Axis(values=[0, 1], format=".0%", grid=True)
    return alt.Y("share:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=axis)


def _shapes() -> alt.Shape:
    scale = alt.Scale(domain=[CHALLENGE, PIECE], range=["diamond", "triangle-up"])
    legend = alt.Legend(title=None, orient="top", labelColor=INK, symbolStrokeColor=INK, labelFontSize=11)
    return alt.Shape("kind:N", scale=scale, legend=legend)
