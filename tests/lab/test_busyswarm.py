# SPDX-License-Identifier: Apache-2.0
"""The case that is watched while observers are killed asks for all that an observer can do."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmwitness.case.config import read_config
from swarmwitness.case.create import create
from swarmwitness.case.folder import CaseFolder
from swarmwitness.case.logs.verification import verify
from swarmwitness.case.targets import targets_of
from swarmwitness.lab.busyswarm import PUBLISH_EVERY_S, BusySwarm, set_encrypt
from swarmwitness.lab.stage import Stage

pytestmark = pytest.mark.lab


def test_a_case_at_full_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("libtorrent")
    monkeypatch.setenv("SWARMWITNESS_HOME", str(tmp_path / "home"))
    swarm = BusySwarm.make(Stage((), "127.18"), tmp_path / "swarm")
    config = read_config(swarm.case_dir)
    asked = config.observe
    assert all((asked.listen, asked.utp, asked.encryption, asked.holepunch, asked.dht, asked.pex))
    assert all((asked.metadata, asked.challenge, asked.decoys, asked.canaries, asked.dht_bootstrap))
    assert config.time.publish_every_s == PUBLISH_EVERY_S
    assert config.time.authority
    assert len(config.time.witnesses) == 1
    assert config.authority is not None
    targets, _ = targets_of(CaseFolder.at(swarm.case_dir), config, config.authority.expires)
    assert len(targets) == 3  # both names of a hybrid torrent, and a name without a torrent
    assert [str(target.info_hash) for target in targets if target.metainfo is None] == [swarm.by_name.v1]
    assert all(target.trackers for target in targets)
    assert verify(swarm.small_dir).ok


def test_encryption_comes_and_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWARMWITNESS_HOME", str(tmp_path / "home"))
    case_dir = create(tmp_path / "case", name="case", synthetic=True).root
    before = (case_dir / "case.toml").read_bytes()
    for _ in range(2):
        set_encrypt(case_dir, on=True)
        assert read_config(case_dir).encrypt
    set_encrypt(case_dir, on=False)
    assert (case_dir / "case.toml").read_bytes() == before
