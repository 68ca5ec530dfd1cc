# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import xml.etree.ElementTree as ET

from swarmwitness.report import MonthRow, RungRow
from swarmwitness.report.charts import rungs_svg, timeline_svg

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[str]:
    return [node.text or "" for node in ET.fromstring(svg).iter(f"{SVG}text")]


def test_panels_stand_in_the_order_given() -> None:
    names = ["zeta", "alpha", "mid"]
    rows = [MonthRow(n, f"2020-{m:02d}", m) for n in names for m in (1, 2, 12)]
    drawn = texts(timeline_svg(rows, "works first seen"))
    assert [t for t in drawn if t in names] == names
    assert "works first seen per month" in drawn
    steps = [RungRow(n, rung, 10**rung, 1) for n in names for rung in range(4)]
    assert [t for t in texts(rungs_svg(steps)) if t in names] == names


def test_ink_follows_the_page() -> None:
    svg = rungs_svg([RungRow("a", 0, 1000, 7), RungRow("a", 7, 1, 1)])
    inks = {node.get(part) for node in ET.fromstring(svg).iter() for part in ("fill", "stroke")}
    assert inks <= {None, "none", "transparent", "currentColor"}


def test_a_rung_without_sightings_has_no_mark() -> None:
    drawn = texts(rungs_svg([RungRow("a", 0, 10, 1), RungRow("a", 3, 0, 0)]))
    assert "0 LISTED" in drawn
    assert "3 CLAIMED" not in drawn


def test_markup_in_a_name_stays_text() -> None:
    svg = timeline_svg([MonthRow("<script>x</script>", "2020-01", 1)], "works")
    assert "<script" not in svg
    assert "<script>x</script>" in texts(svg)


def test_nothing_to_draw_is_still_a_picture() -> None:
    assert ET.fromstring(rungs_svg([RungRow("a", 0, 0, 0)])).tag == f"{SVG}svg"
