# SPDX-License-Identifier: Apache-2.0
"""instrument.json: with what, on what, how long."""

import hashlib
import json
from pathlib import Path

from swarmwitness import __version__
from swarmwitness.case.instrument import input_hashes
from swarmwitness.case.run import run


def test_versions_inputs_and_times(small_case: Path, tmp_path: Path) -> None:
    run(small_case, tmp_path / "out", seed=11)
    told = json.loads((tmp_path / "out" / "instrument.json").read_text())
    assert told["versions"]["swarmwitness"] == __version__
    assert told["versions"]["lease_rule"] == "1"
    assert told["seed"] == 11
    raw = (small_case / "works.csv").read_bytes()
    assert told["inputs_sha256"]["works.csv"] == hashlib.sha256(raw).hexdigest()
    assert set(told["wall_time_s"]) == {"reading", "counting", "weighing", "stating", "reporting"}
    assert "198.18." not in json.dumps(told), "addresses are counted here, not listed"


def test_every_file_of_the_case_is_hashed(small_case: Path) -> None:
    names = set(input_hashes(small_case))
    assert names == {"case.toml", "works.csv", "networks/all.csv", "sightings/vendor.csv"}
