# SPDX-License-Identifier: Apache-2.0
"""Many sessions in one process, each with its own account."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from swarmwitness.lab.actors.client import ClientSpec
from swarmwitness.lab.swarm import Actor


@pytest.mark.lab
def test_each_has_an_account_of_its_own(tmp_path: Path) -> None:
    pytest.importorskip("libtorrent")
    file = tmp_path / "specs.json"
    file.write_text(json.dumps([asdict(ClientSpec(f"127.40.2.{n}:6881", ())) for n in (30, 31)]))
    actor = Actor("swarmwitness.lab.actors.crowd", str(file), log=tmp_path / "log")
    actor.wait_ready("crowd")
    records = json.loads(actor.stop())
    assert [record["listen"] for record in records] == ["127.40.2.30:6881", "127.40.2.31:6881"]
