# SPDX-License-Identifier: Apache-2.0
"""The laboratory's case is one that the software reads, and asks about the right addresses."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from swarmwitness.case.config import read_config
from swarmwitness.case.folder import CaseFolder
from swarmwitness.case.targets import targets_of
from swarmwitness.lab.cast import (
    CLIENTS,
    FORGER,
    OBSERVER,
    VICTIMS,
    address_of,
    case_toml,
    make_lab_case,
    make_lab_torrents,
)
from swarmwitness.lab.stage import Stage

STAGE = Stage((), "198.18")


def test_addresses_are_all_different() -> None:
    everyone = [address_of(STAGE, role) for role in (*CLIENTS, *VICTIMS, OBSERVER)]
    assert len(set(everyone)) == len(everyone)


def test_what_an_observer_shall_do_is_spelled_and_read_again(tmp_path: Path) -> None:
    text = case_toml(
        "A remark.", 'A "name"', address="198.18.9.2", address6=None, trackers=["http://x/announce"],
        listen=6881, dht=True, announce_every_s=2.5,
    )  # fmt: skip
    (tmp_path / "case.toml").write_text(text, encoding="utf-8")
    config = read_config(tmp_path)
    assert text.startswith("# A remark.\n[case]\n")
    assert (config.name, config.synthetic) == ('A "name"', True)
    assert config.authority is not None
    asked = config.observe
    assert (asked.vantage, asked.address, asked.address6) == ("laboratory", "198.18.9.2", "")
    assert (asked.trackers, asked.listen, asked.dht) == (("http://x/announce",), 6881, True)
    assert asked.announce_every_s == 2.5


def test_case_is_read_without_a_complaint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("libtorrent")
    monkeypatch.setenv("SWARMWITNESS_HOME", str(tmp_path / "home"))
    torrents = make_lab_torrents(STAGE, tmp_path / "torrents")
    make_lab_case(tmp_path / "case", STAGE, torrents)
    config = read_config(tmp_path / "case")
    assert config.synthetic
    assert config.observe.address == address_of(STAGE, OBSERVER)
    asked = {ip for a_set in config.sets for ip in a_set.addresses}
    assert {address_of(STAGE, role) for role in VICTIMS} <= asked
    assert address_of(STAGE, next(role for role in CLIENTS if role.role == FORGER)) not in asked
    targets, warnings = targets_of(CaseFolder.at(tmp_path / "case"), config, dt.date(2026, 1, 1))
    assert warnings == ()
    # The hybrid torrent is a swarm under each of its names.
    assert len(targets) == 4
    assert all(target.pieces_allowed and target.works for target in targets)
