# SPDX-License-Identifier: Apache-2.0
"""Which checkpoint belongs to which log, and what a log must continue."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.case.logs.held import Held, compare, furthest, origin_of, read_key, strangers
from swarmwitness.evidence import EvidenceLog, verify
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.terms import InputError
from swarmwitness.vantage import Entropy

ORIGIN = "far.example/oslo"
NO_CHECKPOINT = Held(b"no checkpoint", "a letter")


@pytest.fixture
def grown(
    tmp_path: Path, watched_log: Callable[..., Any], watch_on: Callable[..., None]
) -> tuple[Path, Path]:
    """A log, and its state before the last watch."""
    key = watched_log(tmp_path / "log", ORIGIN)
    shutil.copytree(tmp_path / "log", tmp_path / "earlier")
    with EvidenceLog.open(tmp_path / "log", key=key, salt=Entropy().draw) as log:
        watch_on(log, "here", ("198.18.2.1",), 500.0)
    return tmp_path / "log", tmp_path / "earlier"


def held(log: Path) -> Held:
    return Held.in_file(log / "checkpoint")


def test_every_held_checkpoint_is_compared(grown: tuple[Path, Path]) -> None:
    log, earlier = grown
    report = verify(log)
    assert compare(log, report, [held(earlier), held(log)]) == ()
    (failure,) = compare(earlier, verify(earlier), [held(log)])
    assert failure.reason == "rolled_back"


def test_a_fork_and_a_foreign_signature_are_told_apart(grown: tuple[Path, Path]) -> None:
    log, _ = grown
    report = verify(log)
    mine = Ed25519PrivateKey.generate()
    foreign = Held(Checkpoint.sign(ORIGIN, 3, bytes(32), mine).to_wire(), "mine")
    assert [f.reason.value for f in compare(log, report, [foreign, NO_CHECKPOINT])] == [
        "checkpoint_foreign",
        "checkpoint_foreign",
    ]


def test_the_holder_of_the_key_who_signs_another_past(
    tmp_path: Path, watched_log: Callable[..., Any]
) -> None:
    key = watched_log(tmp_path / "log", ORIGIN)
    other_past = Held(Checkpoint.sign(ORIGIN, 3, bytes(32), key).to_wire(), "the notary")
    (failure,) = compare(tmp_path / "log", verify(tmp_path / "log"), [other_past])
    assert failure.reason == "forked"
    assert "the notary" in failure.detail


def test_the_furthest_binds_most_and_rubbish_comes_first(grown: tuple[Path, Path]) -> None:
    log, earlier = grown
    assert furthest([held(earlier), held(log)]) == held(log)
    assert furthest([held(log), NO_CHECKPOINT]) == NO_CHECKPOINT
    assert furthest([]) is None


def test_what_fits_no_log_is_a_failure(grown: tuple[Path, Path]) -> None:
    log, _ = grown
    assert strangers([held(log)], {ORIGIN}) == ()
    failures = strangers([held(log), NO_CHECKPOINT], {"another.example/log"})
    assert [f.reason.value for f in failures] == ["checkpoint_foreign"] * 2
    assert ORIGIN in failures[0].detail
    assert failures[1].file == "a letter"


def test_which_log_a_folder_claims_to_hold(grown: tuple[Path, Path], tmp_path: Path) -> None:
    log, _ = grown
    assert origin_of(log) == ORIGIN
    (log / "log.vkey").unlink()
    assert origin_of(log) == ORIGIN
    (log / "checkpoint").write_bytes(b"\xff")
    assert origin_of(log) == ""
    assert origin_of(tmp_path / "nowhere") == ""


def test_a_key_from_elsewhere(grown: tuple[Path, Path], tmp_path: Path) -> None:
    assert read_key(grown[0] / "log.vkey").name == ORIGIN
    (tmp_path / "none").write_bytes(b"\xff")
    with pytest.raises(InputError, match="no public key"):
        read_key(tmp_path / "none")
