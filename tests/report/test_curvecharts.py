# SPDX-License-Identifier: Apache-2.0
"""Completion curves: a strip for each peer in the order given, UTC whatever the machine's zone, our ink."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from swarmwitness.report import CurveRow, SwarmCurvesRow
from swarmwitness.report.curvecharts import CHALLENGE, PIECE, curves_svg

SVG = "{http://www.w3.org/2000/svg}"
NOON_US = 1_772_366_400_000_000  # 2026-03-01 12:00:00 UTC
MINUTE_US = 60_000_000
GREW = CurveRow("addr-b", [(NOON_US, 0.1), (NOON_US + 4 * MINUTE_US, 0.8)], [NOON_US + MINUTE_US], [])
SEED = CurveRow("addr-a", [(NOON_US, 1.0)], [], [NOON_US])


def texts(svg: str) -> list[str]:
    return [node.text or "" for node in ET.fromstring(svg).iter(f"{SVG}text")]


def test_peers_stand_in_the_order_given_and_time_is_utc() -> None:
    drawn = texts(curves_svg(SwarmCurvesRow("Swarm 1", [GREW, SEED], 0, 0)))
    assert [t for t in drawn if t.startswith("addr-")] == ["addr-b", "addr-a"]
    assert {"12:00:00", "12:02:00", "0%", "100%", CHALLENGE, PIECE} <= set(drawn)


def test_ink_follows_the_page() -> None:
    svg = curves_svg(SwarmCurvesRow("Swarm 1", [GREW, SEED], 0, 0))
    inks = {node.get(part) for node in ET.fromstring(svg).iter() for part in ("fill", "stroke")}
    assert inks <= {None, "none", "transparent", "currentColor"}


def test_a_single_instant_is_still_a_picture() -> None:
    svg = curves_svg(SwarmCurvesRow("Swarm 1", [SEED], 0, 0))
    assert "addr-a" in texts(svg)
    assert "NaN" not in svg


def test_a_long_watch_is_told_by_day() -> None:
    far = CurveRow("addr-c", [(NOON_US, 0.1), (NOON_US + 90 * 86_400_000_000, 1.0)], [], [])
    assert any(t.endswith("Apr 2026") for t in texts(curves_svg(SwarmCurvesRow("s", [far], 0, 0))))


def test_the_same_rows_give_the_same_bytes() -> None:
    swarm = SwarmCurvesRow("Swarm 1", [GREW, SEED], 3, 1)
    assert curves_svg(swarm) == curves_svg(swarm)
