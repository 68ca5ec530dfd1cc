# SPDX-License-Identifier: Apache-2.0
"""`verify` as people call it: a case, an evidence folder, a key or a checkpoint from elsewhere."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from swarmwitness.case import home
from swarmwitness.case.create import create
from swarmwitness.case.custody.acts import CaseActs, open_log
from swarmwitness.case.logs import vantages
from swarmwitness.case.logs.verdict import CaseVerdict
from swarmwitness.case.logs.verification import NONE_KEPT, verify
from swarmwitness.evidence import Direction, Exhibit
from swarmwitness.evidence.custody import Act
from swarmwitness.evidence.failure import Reason
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.terms import InputError
from swarmwitness.vantage import Clock


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


def test_a_failing_custody_log_fails_the_case(case: Path) -> None:
    (segment,) = (case / "custody" / "segments").iterdir()
    raw = bytearray(segment.read_bytes())
    raw[-1] ^= 1
    segment.write_bytes(raw)
    verdict = verify(case)
    assert not verdict.ok
    assert [log.report.ok for log in verdict.logs] == [False, False]
    assert {f.file for f in verdict.failures} == {f"custody/segments/{segment.name}"}
    evidence = verdict.of("evidence")
    assert evidence is not None
    assert evidence.failures == (), "it is whole; only the holds, which custody/ tells, could not be asked"
    assert [check.number for check in evidence.checks if not check.passed] == [12]


def test_an_act_that_somebody_erased_fails_the_case(case: Path) -> None:
    """Other software than ours can do it, and announce it; in custody nothing is ever erased."""
    origin = (case / "custody" / "log.vkey").read_text().split("+")[0]
    with open_log(case / "custody", origin) as log:
        at = Clock().read()
        index = log.record(Exhibit("tcp", Direction.NONE, at, "", 0, None, None, b"was it an act?"))
        log.seal(at)
        said = Act("erased", "A. Person", "test", {"ranges": str(index)}, "to hide it")
        log.erase(Ranges.of([index]), said.to_exhibit(at))
        log.seal(at)
    home.keep_checkpoint(origin, case / "custody")
    verdict = verify(case)
    assert [(f.reason, f.exhibit) for f in verdict.failures] == [(Reason.ERASED_PLAIN, index)]
    assert not verdict.ok


@pytest.mark.parametrize("name", ["evidence", "custody"])
def test_a_log_that_was_here_is_missed(case: Path, name: str) -> None:
    shutil.rmtree(case / name)
    verdict = verify(case)
    assert [(f.reason.value, f.file) for f in verdict.failures] == [("missing_file", name)]


def test_a_case_whose_logs_are_all_gone_is_not_one_without_logs(case: Path) -> None:
    for name in ("evidence", "custody"):
        shutil.rmtree(case / name)
    verdict = verify(case)
    assert not verdict.ok
    assert [f.file for f in verdict.failures] == ["evidence", "custody"]


def test_a_case_that_never_had_a_log_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_text("")
    with pytest.raises(InputError, match="no sealed log"):
        verify(tmp_path)


def test_each_checkpoint_goes_to_its_log(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = [tmp_path / name for name in ("evidence", "custody")]
    for file in held:
        shutil.copy(case / file.name / "checkpoint", file)
    _append(case)
    monkeypatch.setenv("SWARMWITNESS_HOME", str(tmp_path / "elsewhere"))
    verdict = verify(case, checkpoints=held)
    assert verdict.ok
    assert not any(NONE_KEPT in log.report.warnings for log in verdict.logs)
    other = create(tmp_path / "other", name="other").root
    verdict = verify(case, checkpoints=[*held, other / "evidence" / "checkpoint"])
    assert [f.reason.value for f in verdict.failures] == ["checkpoint_foreign"]
    assert "other" in verdict.failures[0].file


def test_what_is_given_adds_to_what_is_kept(case: Path, tmp_path: Path) -> None:
    """A log that was rolled back to the state of the given checkpoint is caught by the one kept."""
    old = tmp_path / "old"
    shutil.copytree(case, old)
    _append(case)
    shutil.rmtree(case / "evidence")
    shutil.copytree(old / "evidence", case / "evidence")
    verdict = verify(case, checkpoints=[old / "evidence" / "checkpoint"])
    assert [f.reason.value for f in verdict.failures] == ["rolled_back"]


def test_a_link_in_the_place_of_a_log_fails(case: Path, tmp_path: Path) -> None:
    (case / "evidence").rename(tmp_path / "moved")
    (case / "evidence").symlink_to(tmp_path / "moved")
    assert {f.reason.value for f in verify(case).failures} == {"not_a_file"}


def test_progress_names_the_log(case: Path) -> None:
    told: list[tuple[str, int]] = []
    verdict = verify(case, on_progress=lambda name, passed: told.append((name, passed)))
    assert told == [(log.name, log.report.size) for log in verdict.logs]


@pytest.mark.timeout(3600)
def test_whatever_byte_of_a_case_is_changed_the_case_fails_and_nothing_breaks(
    case: Path, tmp_path: Path, watched_log: Callable[..., Any]
) -> None:
    """One bit of sampled bytes of every file of all three logs; SWARMWITNESS_SWEEP=1 takes every byte."""
    watched_log(tmp_path / "oslo", "far.example/oslo")
    vantages.take_in(case, [tmp_path / "oslo"])
    with CaseActs(case, "custody hold", "A") as acts:
        acts.record("hold", on={"hold": "H", "scope": "all", "logs": {}}, why="litigation")
    rng, tried = random.Random(7), 0
    logs = ("evidence", "custody", "vantages")
    files = [p for p in case.rglob("*") if p.is_file() and p.relative_to(case).parts[0] in logs]
    for file in sorted(files):
        raw = file.read_bytes()
        sweep = "SWARMWITNESS_SWEEP" in os.environ
        places = range(len(raw)) if sweep else sorted(rng.sample(range(len(raw)), min(len(raw), 6)))
        for place in places:
            changed = bytearray(raw)
            changed[place] ^= 1 << rng.randrange(8)
            file.write_bytes(changed)
            verdict = verify(case)
            assert not verdict.ok, (file, place)
            log = verdict.failures[0].file.split("/")[0]
            assert log == file.relative_to(case).parts[0], (file, place, verdict.failures[0])
            tried += 1
        file.write_bytes(raw)
    assert verify(case).ok
    assert tried >= 60, tried
