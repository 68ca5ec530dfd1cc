# SPDX-License-Identifier: Apache-2.0
"""What custody/ states of vantages: the last act counts, what reads ill is no act."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from swarmwitness.case.create import create
from swarmwitness.case.custody.acts import CaseActs
from swarmwitness.case.folder import VANTAGE_NAME
from swarmwitness.case.logs.stated import (
    DROPPED,
    TAKEN_IN,
    dropped_vantages,
    folder_name,
    kept_slot,
    stated_vantages,
    vantage_on,
)
from swarmwitness.evidence.reading import read_checkpoint

ORIGIN = "192.0.2.7/oslo"  # reads as an address, which is searched for in acts


@pytest.fixture
def case(tmp_path: Path) -> Path:
    return create(tmp_path / "case", name="case", synthetic=True).root


def test_a_signed_note_survives_the_search_for_addresses(
    case: Path, tmp_path: Path, watched_log: Callable[..., Any]
) -> None:
    watched_log(tmp_path / "log", ORIGIN)
    checkpoint = read_checkpoint(tmp_path / "log")
    with CaseActs(case, "intake", "A") as acts:
        index = acts.record(TAKEN_IN, on=vantage_on("oslo", checkpoint, "vkey"))
    (stated,) = stated_vantages(case / "custody").values()
    assert (stated.index, stated.folder, stated.origin) == (index, "oslo", ORIGIN)
    assert stated.checkpoint == (tmp_path / "log" / "checkpoint").read_bytes()


def test_dropped_is_not_stated_any_more(case: Path, tmp_path: Path, watched_log: Callable[..., Any]) -> None:
    watched_log(tmp_path / "log", "far.example/oslo")
    on = vantage_on("oslo", read_checkpoint(tmp_path / "log"), "vkey")
    with CaseActs(case, "intake", "A") as acts:
        acts.record(TAKEN_IN, on=on)
        index = acts.record(DROPPED, on=on)
    assert stated_vantages(case / "custody") == {}
    (dropped,) = dropped_vantages(case / "custody")
    assert (dropped.index, dropped.folder) == (index, "oslo")


@pytest.mark.parametrize("checkpoint", ["", "!!", "bm90ZQ=="])
def test_what_reads_ill_states_nothing(case: Path, checkpoint: str) -> None:
    with CaseActs(case, "intake", "A") as acts:
        acts.record(TAKEN_IN, on={"folder": "oslo", "checkpoint": checkpoint})
    assert stated_vantages(case / "custody") == {}
    assert stated_vantages(case / "nowhere") == {}


@pytest.mark.parametrize("origin", ["swarmwitness.local/studio/1a2b3c4d", "x", "!", "A/B/" + "c" * 150])
def test_each_log_has_its_own_folder(origin: str) -> None:
    assert VANTAGE_NAME.fullmatch(folder_name(origin))
    assert folder_name(origin) != folder_name(origin + "x")
    assert kept_slot("case", origin) not in (kept_slot("other", origin), kept_slot("case", origin + "x"))


def test_the_folder_can_be_read() -> None:
    assert folder_name("swarmwitness.local/studio/1a2b3c4d").startswith("studio-1a2b3c4d-")
