# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json

import pytest

from swarmwitness.report import Report, render
from swarmwitness.report.saved import from_json, to_json


def test_the_page_can_be_written_anew_from_json(sample: Report) -> None:
    again = from_json(json.loads(json.dumps(to_json(sample))))
    assert render(again) == render(sample)


def test_the_least_report_comes_back(nothing: Report) -> None:
    assert render(from_json(json.loads(json.dumps(to_json(nothing))))) == render(nothing)


def test_refuses_a_field_that_no_report_has(nothing: Report) -> None:
    with pytest.raises(TypeError, match="surprise"):
        from_json(to_json(nothing) | {"surprise": 1})
