# SPDX-License-Identifier: Apache-2.0
"""Handing over the laboratory's case; the whole of it runs with real clients in test_demo.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmwitness.lab.demo import lab_part
from swarmwitness.lab.handover import BUNDLE, DRAFTS, EXPORT, OPENED, addresses_in


def test_an_address_is_found_wherever_it_stands_as_one(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "page.html").write_bytes(b"<td>198.18.1.1</td>")
    (tmp_path / "graph.json").write_bytes(b'"198.18.2.22", "1198.18.3.3", "198.18.4.4.5"')
    asked = ["198.18.1.1", "198.18.2.2", "198.18.3.3", "198.18.2.22"]
    assert addresses_in([tmp_path], asked) == ["198.18.1.1", "198.18.2.22"]
    assert addresses_in([tmp_path / "graph.json"], asked) == ["198.18.2.22"]
    assert addresses_in([tmp_path / "deep"], []) == []


@pytest.mark.lab
@pytest.mark.slow
def test_a_swarm_is_handed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("libtorrent")
    monkeypatch.setenv("SWARMWITNESS_HOME", str(tmp_path / "home"))
    out = tmp_path / "out"
    out.mkdir()
    part = lab_part(out, lambda line: None, 12)
    rows = {row.claim: row for row in part.rows}
    assert rows["opened bundle of one exhibit"].ok
    assert rows["a copy of it with one bit of the exhibit changed"].ok
    assert rows["erasing what is held"].found == "refused"
    assert rows["the case verifies after these acts"].ok
    assert list(part.handed_over) == [out / name for name in (BUNDLE, OPENED, EXPORT, DRAFTS)]
    made = {path.name for path in out.iterdir()}
    assert made == {"lab", "lab.truth", "lab-run", BUNDLE, OPENED, EXPORT, DRAFTS}
    disclosed = list((out / OPENED).glob("data/logs/*/exhibits/*.exhibit"))
    assert disclosed
