# SPDX-License-Identifier: Apache-2.0
"""`verify` as people call it: a case, an evidence folder, a key or a checkpoint from elsewhere."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from swarmwitness.case.create import create
from swarmwitness.case.verdict import CaseVerdict
from swarmwitness.case.verification import NONE_KEPT, verify
from swarmwitness.terms import InputError


@pytest.fixture
def case(tmp_path: Path) -> Path:
    return create(tmp_path / "case", name="case").root


def test_case_and_folder_alike(case: Path) -> None:
    assert verify(case).ok
    assert verify(case / "evidence").ok


def test_every_file_changed_removed_renamed_or_added_is_named(case: Path, tmp_path: Path) -> None:
    evidence = case / "evidence"
    for file in sorted(p for p in evidence.rglob("*") if p.is_file()):
        name = file.relative_to(evidence)
        for act in ("change", "remove", "rename", "add"):
            copy = tmp_path / "copy"
            shutil.copytree(case, copy)
            at = copy / "evidence" / name
            _harm(at, act)
            report = verify(copy)
            told = {failure.file for failure in report.failures}
            assert not report.ok, (name, act)
            expected = f"evidence/{name}.more" if act == "add" else f"evidence/{name}"
            assert expected in told, (name, act, told)
            shutil.rmtree(copy)


def said(verdict: CaseVerdict) -> tuple[str, ...]:
    """The warnings about evidence/."""
    report = verdict.of("evidence")
    assert report is not None
    return report.warnings


def _harm(file: Path, act: str) -> None:
    if act == "change":
        raw = bytearray(file.read_bytes())
        raw[len(raw) // 2] ^= 1
        file.write_bytes(raw)
    elif act == "remove":
        file.unlink()
    elif act == "rename":
        file.rename(file.with_name(file.name + "x"))
    else:
        file.with_name(file.name + ".more").write_bytes(b"stray")


def test_a_log_cut_short_is_caught_by_the_checkpoint_kept_apart(tmp_path: Path) -> None:
    made = create(tmp_path / "case", name="case")
    old = tmp_path / "old"
    shutil.copytree(made.root, old)
    _append(made.root)
    assert verify(made.root).ok
    shutil.rmtree(made.root)
    shutil.copytree(old, made.root)
    report = verify(made.root)
    assert not report.ok
    assert {f.file for f in report.failures} == {"evidence/checkpoint"}


def test_another_log_in_its_place_is_caught(case: Path, tmp_path: Path) -> None:
    other = create(tmp_path / "other", name="case").root
    shutil.rmtree(case / "evidence")
    shutil.copytree(other / "evidence", case / "evidence")
    assert not verify(case).ok


@pytest.mark.parametrize("name", ["log.vkey", "checkpoint"])
def test_a_pipe_or_an_endless_file_does_not_hang(case: Path, name: str) -> None:
    for make in (os.mkfifo, lambda path: os.symlink("/dev/zero", path)):
        (case / "evidence" / name).unlink()
        make(case / "evidence" / name)
        assert not verify(case).ok
        assert not verify(case / "evidence").ok
    with pytest.raises(InputError, match="regular"):
        verify(case, checkpoints=[Path("/dev/zero")])


def _append(root: Path) -> None:
    from swarmwitness.case import home
    from swarmwitness.case.create import act
    from swarmwitness.evidence import EvidenceLog
    from swarmwitness.evidence.reading import read_checkpoint
    from swarmwitness.vantage import Clock, Entropy

    origin, clock = read_checkpoint(root / "evidence").origin, Clock()
    key = home.signing_key(origin, make=False)
    with EvidenceLog.open(root / "evidence", key=key, salt=Entropy().draw) as log:
        log.record(act({"act": "note"}, clock))
        log.seal(clock.read())
    home.keep_checkpoint(origin, root / "evidence")


def test_on_another_machine_it_says_that_no_checkpoint_is_kept(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = tmp_path / "held.checkpoint"
    shutil.copy(case / "evidence" / "checkpoint", held)
    monkeypatch.setenv("SWARMWITNESS_HOME", str(tmp_path / "elsewhere"))
    assert NONE_KEPT in said(verify(case))
    assert NONE_KEPT not in said(verify(case, checkpoints=[held]))


def test_a_key_from_elsewhere_is_compared(case: Path, tmp_path: Path) -> None:
    assert verify(case, key=case / "evidence" / "log.vkey").ok
    other = create(tmp_path / "other", name="other").root / "evidence" / "log.vkey"
    assert not verify(case, key=other).ok


@pytest.mark.parametrize("name", ["none", "empty"])
def test_nothing_to_verify_is_wrong_use(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=name):
        verify(tmp_path / name)
