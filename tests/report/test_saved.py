# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from dataclasses import replace

import pytest

from swarmwitness.report import CurveRow, Report, SwarmCurvesRow, render
from swarmwitness.report.saved import from_json, to_json


def test_the_page_can_be_written_anew_from_json(sample: Report) -> None:
    again = from_json(json.loads(json.dumps(to_json(sample))))
    assert render(again) == render(sample)


def test_the_least_report_comes_back(nothing: Report) -> None:
    assert render(from_json(json.loads(json.dumps(to_json(nothing))))) == render(nothing)


def test_a_file_of_an_older_version_comes_back(nothing: Report) -> None:
    older = to_json(nothing) | {"latencies": {"home": {"why": "no_data: x"}}}
    assert render(from_json(json.loads(json.dumps(older)))) == render(nothing)


def test_refuses_a_field_that_no_report_has(nothing: Report) -> None:
    with pytest.raises(TypeError, match="surprise"):
        from_json(to_json(nothing) | {"surprise": 1})


def test_curves_come_back_and_an_older_file_has_none(nothing: Report) -> None:
    curve = CurveRow("addr-a", [(5_000_000, 0.25), (9_000_000, 0.5)], [5_000_000], [9_000_000], 3)
    drawn = replace(nothing, curves=[SwarmCurvesRow("Swarm 1", [curve], 4, 2)], curves_left_out=7)
    again = from_json(json.loads(json.dumps(to_json(drawn))))
    assert (again.curves[0].curves[0].peer, again.curves[0].others, again.curves_left_out) == ("addr-a", 4, 7)
    assert render(again) == render(drawn)
    older = {name: value for name, value in to_json(nothing).items() if not name.startswith("curves")}
    assert render(from_json(json.loads(json.dumps(older)))) == render(nothing)
