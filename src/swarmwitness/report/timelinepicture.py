# SPDX-License-Identifier: Apache-2.0
"""The timeline of an address as a picture: SVG, PNG, or a page that holds the answer as well.

A file of its own stands on no page whose ink it could follow: black on white.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import math
from collections.abc import Iterator

import altair as alt
import vl_convert
from markupsafe import Markup

from swarmwitness.report.charts import FONT, LABEL_LIMIT
from swarmwitness.report.pages import environment
from swarmwitness.report.text import visible
from swarmwitness.report.timeline import Stretch, Timeline

BLACK = "#1a1a1a"
WIDTH, STEP, THICK = 680, 30, 16
NARROW = 0.012
"""Of the width: a stretch below it is a tick, with its letter beside it, not within."""
_NEAR = 0.03
_VERSION = "6.4"


def timeline_picture_svg(timeline: Timeline) -> str:
    """The picture as SVG text; the same timeline gives the same bytes."""
    return vl_convert.vegalite_to_svg(_chart(timeline).to_json(), vl_version=_VERSION)


def timeline_picture_png(timeline: Timeline) -> bytes:
    """The picture as PNG, two pixels a unit."""
    return vl_convert.vegalite_to_png(_chart(timeline).to_json(), vl_version=_VERSION, scale=2)


def timeline_page(
    timeline: Timeline, title: str, lines: list[tuple[str, str]], table: list[list[str]]
) -> str:
    """A page that needs nothing else: the answer, its sources, the picture.

    Args:
        lines: What the answer says, as (word, text).
        table: What each source says; the first row is the header.
    """
    pages = environment()
    style = pages.get_template("who.css").render()
    page = pages.get_template("who.html").render(
        title=title,
        lines=lines,
        header=table[0],
        rows=table[1:],
        style=Markup(style),  # noqa: S704 - our own file
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        picture=Markup(timeline_picture_svg(timeline)),  # noqa: S704 - vl-convert escapes
    )
    return page + "\n"


def _chart(timeline: Timeline) -> alt.VConcatChart:
    order = [visible(lane.source) for lane in timeline.lanes]
    data = alt.InlineData(values=list(_values(timeline)))
    base = alt.Chart(data, width=WIDTH, height=alt.Step(STEP))
    x = _x(timeline, "start:T")
    y = alt.Y(
        "lane:N", sort=order, title=None, scale=alt.Scale(domain=order), axis=alt.Axis(labelLimit=LABEL_LIMIT)
    )
    letters = _letters(base, _x(timeline, "middle:T"), y)
    layers: list[alt.Chart] = [*_bars(base, x, y), *letters, *_asked(timeline, x)]
    above = alt.layer(*layers).properties(title=_title(timeline))
    return _styled(alt.vconcat(above, _key(timeline), spacing=14))


def _x(timeline: Timeline, field: str) -> alt.X:
    return alt.X(
        field,
        title=None,
        axis=alt.Axis(orient="top", labelOverlap=True, tickCount=10, format=_format(timeline)),
        scale=alt.Scale(type="utc", domain=[_ms(timeline.first), _ms(timeline.last)], nice=False),
    )


def _bars(base: alt.Chart, x: alt.X, y: alt.Y) -> Iterator[alt.Chart]:
    """Valid: filled; split: hatched by its crosses and a frame; stale: a dotted line."""
    stale = base.transform_filter("datum.standing == 'stale'")
    yield stale.mark_rule(color=BLACK, strokeDash=[1, 3], strokeWidth=2).encode(x=x, x2="end:T", y=y)
    for standing, fill in (("valid", 0.22), ("split", 0.0)):
        some = base.transform_filter(f"datum.standing == '{standing}'")
        bar = some.mark_bar(color=BLACK, fillOpacity=fill, stroke=BLACK, strokeWidth=1.2, height=THICK)
        yield bar.encode(x=x, x2="end:T", y=y)


def _letters(base: alt.Chart, x: alt.X, y: alt.Y) -> Iterator[alt.Chart]:
    """Within a bar, left of one that is too narrow, small above what is stale."""
    for place, dx, dy in (("left", -8, 0), ("within", 0, 0), ("above", 0, -8)):
        text = base.transform_filter(f"datum.letter != '' && datum.place == '{place}'")
        mark = text.mark_text(color=BLACK, font=FONT, fontSize=11, fontWeight="bold", dx=dx, dy=dy)
        yield mark.encode(x=x, y=y, text="letter:N")


def _asked(timeline: Timeline, x: alt.X) -> Iterator[alt.Chart]:
    base = alt.Chart(
        alt.InlineData(values=[{"start": _ms(timeline.asked), "word": f"asked: {timeline.asked}"}])
    )
    yield base.mark_rule(color=BLACK, strokeWidth=1.5).encode(x=x)
    late = 2 * (timeline.asked - timeline.first) > (timeline.last - timeline.first)
    yield base.mark_text(
        color=BLACK,
        font=FONT,
        fontSize=11,
        align="right" if late else "left",
        dx=-4 if late else 4,
        dy=4,
        baseline="top",
    ).encode(x=x, y=alt.value(len(timeline.lanes) * STEP), text="word:N")


def _values(timeline: Timeline) -> Iterator[dict[str, object]]:
    for lane in timeline.lanes:
        named, free = "", -math.inf
        for stretch in lane.stretches:
            letter, place = _placed(timeline, stretch)
            # Neighbours of one letter need it once; one that would lie on another is left out.
            told = bool(place) and (_middle(stretch) > free or letter != named)
            if told:
                named, free = letter, _middle(stretch) + _NEAR * (_ms(timeline.last) - _ms(timeline.first))
            yield {
                "lane": visible(lane.source),
                "start": _ms(stretch.start),
                "end": _ms(stretch.end),
                "middle": _middle(stretch),
                "standing": stretch.standing,
                "letter": letter if told else "",
                "place": place,
            }


def _placed(timeline: Timeline, stretch: Stretch) -> tuple[str, str]:
    """The letter of a stretch and where it stands; '' = nowhere."""
    narrow = (stretch.end - stretch.start).days < NARROW * (timeline.last - timeline.first).days
    if stretch.standing == "stale":
        return timeline.letter(stretch).lower(), "" if narrow else "above"
    return timeline.letter(stretch), "left" if narrow else "within"


def _middle(stretch: Stretch) -> float:
    return (_ms(stretch.start) + _ms(stretch.end)) / 2


def _key(timeline: Timeline) -> alt.Chart:
    lines = [f"{letter}  {visible(title)}" for letter, title in timeline.key()]
    if any(s.standing == "split" for lane in timeline.lanes for s in lane.stretches):
        lines.append("X  sources differ: nobody is named")
    lines.append(
        "dotted, small letter: stale, the latest that the source had said; empty: the source says nothing"
    )
    values = [{"line": line, "row": row} for row, line in enumerate(lines)]
    base = alt.Chart(alt.InlineData(values=values), width=WIDTH, height=alt.Step(16))
    text: alt.Chart = base.mark_text(align="left", color=BLACK, font=FONT, fontSize=11, limit=WIDTH)
    return text.encode(x=alt.value(0), y=alt.Y("row:O", axis=None), text="line:N")


def _title(timeline: Timeline) -> alt.TitleParams:
    text = f"{timeline.address}: who held it, as each source says"
    return alt.TitleParams(text, anchor="start", fontSize=13, color=BLACK, font=FONT, offset=8)


def _format(timeline: Timeline) -> str:
    return "%Y" if (timeline.last - timeline.first).days > 1500 else "%b %Y"


def _styled(chart: alt.VConcatChart) -> alt.VConcatChart:
    axis = {
        "labelColor": BLACK, "domainColor": BLACK, "tickColor": BLACK, "gridColor": BLACK,
        "gridOpacity": 0.08, "labelFontSize": 11, "labelFont": FONT,
    }  # fmt: skip
    view = {"stroke": None}
    styled: alt.VConcatChart = chart.configure(
        font=FONT, background="white", axis=axis, view=view, padding=12
    )
    return styled


def _ms(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days * 86_400_000
