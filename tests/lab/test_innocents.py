# SPDX-License-Identifier: Apache-2.0
"""Planted innocents: a small planting for real, and the committed figures of the large one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from swarmwitness.inference.proportions import proportion
from swarmwitness.lab.innocents import SOURCES, judge, plant
from swarmwitness.lab.stage import Stage
from swarmwitness.lab.watching import Listening
from swarmwitness.terms import Rung
from swarmwitness.terms.sighting import Sighting

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "docs" / "method" / "data" / "innocents.json"
CALIBRATION = ROOT / "src" / "swarmwitness" / "inference" / "calibration" / "innocents-1.0.0.json"
STAGE = Stage((), "127.18")


def test_every_innocent_has_an_endpoint_of_its_own() -> None:
    planted = plant(3001, STAGE)
    assert {source: len(planted.nobody[source]) for source in SOURCES} == {
        "tracker": 1500,
        "dht": 750,
        "pex": 751,
    }
    everybody = [e for group in (*planted.nobody.values(), *planted.somebody.values()) for e in group]
    assert len(set(everybody)) == len(everybody)


def test_an_innocent_above_rung_0_would_be_counted() -> None:
    planted = plant(40, STAGE)
    listening = Listening()
    for at, rung in enumerate((Rung.LISTED, Rung.REACHABLE, Rung.HANDSHAKEN)):
        ip = str(planted.nobody["tracker"][at].ip)
        listening.rows.append(Sighting(5, ip, 6881, "00" * 20, rung, "tracker", "log:o/1", "here"))
    made = judge(planted, listening)
    assert (made["named_to_the_observer"], made["above_rung_0"], made["accused_of_them"]) == (3, 2, 1)


@pytest.mark.lab
@pytest.mark.slow
def test_a_small_planting(tmp_path: Path) -> None:
    pytest.importorskip("libtorrent")
    out = tmp_path / "out.json"
    command = [sys.executable, "-m", "swarmwitness.lab.innocents", "--n", "80", "--seconds", "12"]
    done = subprocess.run(
        [*command, "--out", str(out)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    made = json.loads(out.read_text())
    assert made["named_to_the_observer"] == 80
    assert set(made["named_by"]) == set(SOURCES)
    assert made["above_rung_0"] == 0
    assert all(kind["accused"] == 0 for kind in made["where_somebody_answers"].values())


def test_the_committed_figures_are_what_reports_print() -> None:
    made, printed = json.loads(DATA.read_text()), json.loads(CALIBRATION.read_text())["error_rate"]
    assert made["named_to_the_observer"] == made["planted_where_nobody_is"] >= 3000
    assert made["above_rung_0"] == 0
    assert all(kind["accused"] == 0 for kind in made["where_somebody_answers"].values())
    share = proportion(made["above_rung_0"], made["named_to_the_observer"])
    assert (printed["n"], printed["false_positive"]) == (share.n, share.rate)
    assert printed["upper95"] == pytest.approx(share.upper95, abs=1e-9)
