# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from importlib.resources import files

import pytest

from swarmwitness.attribution.kinderrors import KINDS, SERVICES, measured_error


def written():
    return json.loads(files("swarmwitness.attribution").joinpath("measured/kinds.json").read_text("utf-8"))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_figure_or_is_unmeasured(kind):
    told = measured_error(kind)
    figures = written()["kinds"].get(kind, {"n": 0})
    assert told.startswith(f"{kind}: ")
    assert ("unmeasured" in told) == (figures["n"] == 0)
    if figures["n"]:
        assert f"of {figures['n']:,} ranges" in told
        assert f"at most {figures['upper95']} %" in told
        assert written()["measured_on"] in told


def test_a_tor_exit_is_not_measured_by_what_its_kind_is():
    for service, words in SERVICES.items():
        assert measured_error("datacentre", service) == f"{words}: unmeasured: no labelled data"
    assert measured_error("datacentre", "cdn") == measured_error("datacentre")


def test_no_kind_has_no_error():
    for kind in ("unknown", "", "starship"):
        assert "no kind is stated" in measured_error(kind)


def test_what_ships_are_whole_numbers_and_text():
    def leaves(value):
        if isinstance(value, dict):
            return [leaf for each in value.values() for leaf in leaves(each)]
        if isinstance(value, list):
            return [leaf for each in value for leaf in leaves(each)]
        return [value]

    assert {type(leaf) for leaf in leaves(written())} <= {int, str}
