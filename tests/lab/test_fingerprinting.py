# SPDX-License-Identifier: Apache-2.0
"""The table holds what was seen, can be brought up to date, and is what a client run here still shows."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from swarmwitness.lab.clients.roster import CLIENTS
from swarmwitness.lab.fingerprinting import confusion, on_stage, parts_of, samples_of, table_of, write_table
from swarmwitness.lab.stage import find_stage
from swarmwitness.swarm.fingerprint import Fingerprint, Fit, judge

ONE = Fingerprint("00", "-AA1000-", ("bitfield",), True, "A 1", (("ut_pex", 1),), 10)
LATE = Fingerprint("00", "-AA1000-", ("have_all",))
TWO = Fingerprint("01", "-BB1000-", ("bitfield",), True, "B 1", (("ut_pex", 2),), 20)
SAMPLES = [("a", "1", ONE), ("a", "1", LATE), ("b", "1", TWO)]


def test_every_value_is_kept_and_short_connections_spoil_none() -> None:
    first, second = table_of(SAMPLES)
    assert first.seen["order"] == (["bitfield"], ["have_all"])
    assert first.seen["reqq"] == (10,)
    assert first.names == {"A 1", "-AA1000-"}
    assert second.seen["m"] == ([["ut_pex", 2]],)
    assert judge(ONE, table=[first, second]).fit is Fit.CONSISTENT


def test_the_file_is_brought_up_to_date_by_client_and_version(tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    write_table(file, table_of(SAMPLES))
    write_table(file, table_of([("a", "1", LATE), ("a", "2", ONE)]))
    told = json.loads(file.read_text())["clients"]
    assert [(each["client"], each["version"]) for each in told] == [("a", "1"), ("a", "2"), ("b", "1")]
    assert told[0]["seen"]["order"] == [["have_all"]]


def test_samples_survive_json() -> None:
    told = json.loads(json.dumps([[kind, version, asdict(shown)] for kind, version, shown in SAMPLES]))
    assert samples_of(told) == SAMPLES


def test_each_passes_as_itself_and_not_as_the_other() -> None:
    lines = confusion(SAMPLES, table_of(SAMPLES)).splitlines()
    assert lines[2] == "| a 1 | 2/2 | 0/2 |"
    assert lines[3] == "| b 1 | 0/1 | 1/1 |"


def test_parts_are_what_a_client_can() -> None:
    assert [part.name for part in parts_of("ctorrent")] == ["ctorrent-tcp-ipv4", "ctorrent-tcp-ipv4-dht"]
    assert {part.versions for part in parts_of("qbittorrent")} == {("v1", "v2", "hybrid")}


@pytest.mark.lab
@pytest.mark.slow
def test_a_client_run_here_is_as_the_table_says(tmp_path: Path) -> None:
    stage = find_stage()
    missing = CLIENTS["aria2"].missing() or ("" if stage.private else stage.why)
    if missing:
        pytest.skip(missing)
    samples = on_stage(stage, tmp_path / "aria2", "aria2", 15.0)
    assert samples
    for _, version, shown in samples:
        found = judge(shown)
        if found.fit is Fit.UNKNOWN:
            pytest.skip(f"aria2 {version} is not the version in the table")
        assert found.fit is Fit.CONSISTENT, found
