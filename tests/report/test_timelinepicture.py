# SPDX-License-Identifier: Apache-2.0
"""The timeline as a picture and as a page."""

import datetime as dt
import re

from swarmwitness.report.timeline import Lane, Stretch, Timeline
from swarmwitness.report.timelinepicture import timeline_page, timeline_picture_png, timeline_picture_svg

D = dt.date
HOSTILE = '<script>alert(1)</script>\u202e" onload="x'
LANE = Lane(
    "registry",
    (
        Stretch(D(2018, 1, 1), D(2020, 1, 1), ("as64500",), "valid"),
        Stretch(D(2020, 1, 1), D(2021, 1, 1), ("as64500",), "stale"),
        Stretch(D(2021, 1, 1), D(2021, 1, 2), ("as64501",), "valid"),
        Stretch(D(2021, 6, 1), D(2022, 6, 1), (), "split"),
    ),
)
TITLES = {"as64500": "Example <b>Ltd</b>", "as64501": HOSTILE}
TIMELINE = Timeline("192.0.2.7", D(2020, 6, 1), D(2017, 6, 1), D(2023, 1, 1), (LANE,), TITLES)


def test_the_picture_tells_letters_names_and_the_day() -> None:
    svg = timeline_picture_svg(TIMELINE)
    texts = re.findall(r">([^<>]+)</text>", svg)
    assert {"A", "B", "X", "a", "registry", "asked: 2020-06-01"} <= set(texts)
    assert "A  as64500 Example &lt;b&gt;Ltd&lt;/b&gt;" in texts
    assert "<script" not in svg
    assert timeline_picture_svg(TIMELINE) == svg


def test_the_picture_as_png() -> None:
    png = timeline_picture_png(TIMELINE)
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert int.from_bytes(png[16:20], "big") > 1200


def test_the_page_needs_nothing_else_and_obeys_nobody() -> None:
    page = timeline_page(TIMELINE, "Who held 192.0.2.7", [("organisation", HOSTILE)], [["source"], [HOSTILE]])
    assert "<script" not in page
    assert "\u202e" not in page
    assert "default-src 'none'" in page
    assert not re.search(r"(href|src)=", page)
    assert page.count("&lt;script&gt;") >= 2


def test_nothing_to_draw_is_drawn() -> None:
    bare = Timeline("192.0.2.7", D(2020, 6, 1), D(2020, 1, 1), D(2021, 1, 1), (Lane("all sources", ()),), {})
    assert "asked: 2020-06-01" in timeline_picture_svg(bare)
