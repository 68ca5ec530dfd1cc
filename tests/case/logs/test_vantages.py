# SPDX-License-Identifier: Apache-2.0
"""The log of another vantage: taken in unaltered, stated in custody/, replaced by its continuation alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.case.create import create
from swarmwitness.case.logs import vantages
from swarmwitness.case.logs.verification import verify
from swarmwitness.evidence import EvidenceLog, VerificationError, read
from swarmwitness.terms import InputError
from swarmwitness.vantage import Entropy

ORIGIN = "far.example/oslo"


@pytest.fixture
def case(tmp_path: Path) -> Path:
    return create(tmp_path / "case", name="case", synthetic=True).root


@pytest.fixture
def oslo(tmp_path: Path, watched_log: Callable[..., Any]) -> tuple[Path, Ed25519PrivateKey]:
    """A log made elsewhere, and the key that this machine never holds."""
    key = watched_log(tmp_path / "far" / "evidence", ORIGIN, vantage="oslo")
    return tmp_path / "far" / "evidence", key


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def acts(case: Path) -> list[dict[str, Any]]:
    said = [json.loads(e.payload) for _, e in read(case / "custody") if e.kind == "act"]
    return [each for each in said if each["act"] == "vantage-taken-in"]


def test_it_is_copied_unaltered_and_stated(case: Path, oslo: tuple[Path, Any]) -> None:
    before = contents(oslo[0])
    (taken,) = vantages.take_in(case, [oslo[0]], by="A. Analyst", provenance="sent by the vantage in Oslo")
    assert contents(case / taken.name) == before == contents(oslo[0])
    (act,) = acts(case)
    assert act["who"] == "A. Analyst"
    assert act["on"]["origin"] == ORIGIN
    assert act["on"]["folder"] == taken.name.removeprefix("vantages/")
    assert act["on"]["provenance"] == "sent by the vantage in Oslo"
    assert act["on"]["size"] == taken.report.size
    verdict = verify(case)
    assert verdict.ok
    assert [log.name for log in verdict.logs] == ["evidence", "custody", taken.name]
    assert verdict.warnings == ()


def test_a_case_folder_gives_its_evidence(case: Path, tmp_path: Path) -> None:
    other = create(tmp_path / "other", name="other", synthetic=True)
    (taken,) = vantages.take_in(case, [tmp_path / "other"])
    assert taken.report.origin == other.origin
    assert verify(case).ok


def test_a_continuation_replaces_it_whole(
    case: Path, oslo: tuple[Path, Ed25519PrivateKey], watch_on: Callable[..., None]
) -> None:
    (first,) = vantages.take_in(case, [oslo[0]])
    with EvidenceLog.open(oslo[0], key=oslo[1], salt=Entropy().draw) as log:
        watch_on(log, "oslo", ("198.18.2.1",), 500.0)
    (second,) = vantages.take_in(case, [oslo[0]])
    assert (second.name, second.replaced) == (first.name, first.report.size)
    assert second.report.size > first.report.size
    assert contents(case / second.name) == contents(oslo[0])
    assert [p.name for p in (case / "vantages").iterdir()] == [second.name.removeprefix("vantages/")]
    assert len(acts(case)) == 2
    assert verify(case).ok


def test_an_older_state_is_refused(
    case: Path, oslo: tuple[Path, Ed25519PrivateKey], tmp_path: Path, watch_on: Callable[..., None]
) -> None:
    shutil.copytree(oslo[0], tmp_path / "older")
    with EvidenceLog.open(oslo[0], key=oslo[1], salt=Entropy().draw) as log:
        watch_on(log, "oslo", ("198.18.2.1",), 500.0)
    (taken,) = vantages.take_in(case, [oslo[0]])
    with pytest.raises(VerificationError) as error:
        vantages.take_in(case, [tmp_path / "older"])
    assert error.value.reason == "rolled_back"
    assert contents(case / taken.name) == contents(oslo[0])
    # Put there by hand, it is caught by what custody/ states.
    shutil.rmtree(case / taken.name)
    shutil.copytree(tmp_path / "older", case / taken.name)
    assert {f.reason.value for f in verify(case).failures} == {"rolled_back"}
    with pytest.raises(VerificationError):
        vantages.take_in(case, [tmp_path / "older"])


def fork(log: Path, key: Ed25519PrivateKey, watched_log: Callable[..., Any]) -> None:
    """Another log of the same name and key, as its holder can make one."""
    shutil.rmtree(log)
    made = EvidenceLog.create(log, origin=ORIGIN, key=key, salt=Entropy().draw, at=_at(1))
    with made as writer:
        tape = __import__("sys").modules["tapes"].Tape().watched()
        for exhibit in tape.exhibits * 20:
            writer.record(exhibit)
        writer.seal(_at(2))


def _at(seconds: int) -> Any:
    from swarmwitness.terms import Instant

    return Instant(1_700_000_000_000_000_000 + seconds)


def test_a_fork_is_refused_and_caught(
    case: Path, oslo: tuple[Path, Ed25519PrivateKey], watched_log: Callable[..., Any]
) -> None:
    (taken,) = vantages.take_in(case, [oslo[0]])
    before = contents(case / taken.name)
    fork(*oslo, watched_log)
    with pytest.raises(VerificationError) as error:
        vantages.take_in(case, [oslo[0]])
    assert error.value.reason == "forked"
    assert contents(case / taken.name) == before
    assert len(acts(case)) == 1
    shutil.rmtree(case / taken.name)
    shutil.copytree(oslo[0], case / taken.name)
    assert {f.reason.value for f in verify(case).failures} == {"forked"}


def test_a_replaced_log_is_caught_on_another_machine_too(
    case: Path, oslo: tuple[Path, Ed25519PrivateKey], watched_log: Callable[..., Any],
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    (taken,) = vantages.take_in(case, [oslo[0]])
    fork(*oslo, watched_log)
    shutil.rmtree(case / taken.name)
    shutil.copytree(oslo[0], case / taken.name)
    monkeypatch.setenv("SWARMWITNESS_HOME", str(tmp_path / "elsewhere"))
    assert {f.reason.value for f in verify(case).failures} == {"forked"}


def test_one_that_is_gone_is_missed(case: Path, oslo: tuple[Path, Any]) -> None:
    (taken,) = vantages.take_in(case, [oslo[0]])
    shutil.rmtree(case / taken.name)
    (failure,) = verify(case).failures
    assert (failure.reason.value, failure.file) == ("missing_file", taken.name)


def test_one_that_nobody_took_in_is_named(case: Path, oslo: tuple[Path, Any]) -> None:
    shutil.copytree(oslo[0], case / "vantages" / "oslo")
    verdict = verify(case)
    assert verdict.ok
    assert verdict.warnings == ("vantages/oslo: no act in custody/ says that it was taken in",)
    # Taken in properly, it keeps its place.
    assert vantages.take_in(case, [oslo[0]])[0].name == "vantages/oslo"
    assert verify(case).warnings == ()


def test_one_log_in_two_places_is_a_failure(case: Path, oslo: tuple[Path, Any]) -> None:
    for name in ("oslo", "rome"):
        shutil.copytree(oslo[0], case / "vantages" / name)
    failures = verify(case).failures
    assert [(f.reason.value, f.file) for f in failures] == [("unexpected_file", "vantages/rome")]


def test_what_fails_is_not_taken_in(case: Path, oslo: tuple[Path, Any]) -> None:
    (segment,) = (oslo[0] / "segments").iterdir()
    raw = bytearray(segment.read_bytes())
    raw[len(raw) // 2] ^= 1
    segment.write_bytes(raw)
    with pytest.raises(VerificationError, match=segment.name):
        vantages.take_in(case, [oslo[0]])
    with pytest.raises(VerificationError, match=segment.name):
        vantages.check([oslo[0]])
    assert list((case / "vantages").iterdir()) == []
    assert acts(case) == []
    assert verify(case).ok


def test_all_or_none(case: Path, oslo: tuple[Path, Any], tmp_path: Path, watched_log: Any) -> None:
    watched_log(tmp_path / "rome", "far.example/rome")
    (tmp_path / "rome" / "stray").write_text("x")
    with pytest.raises(VerificationError, match="stray"):
        vantages.take_in(case, [oslo[0], tmp_path / "rome"])
    assert list((case / "vantages").iterdir()) == []
    shutil.copytree(oslo[0], tmp_path / "again")
    with pytest.raises(InputError, match="states of one log"):
        vantages.take_in(case, [oslo[0], tmp_path / "again"])


def test_what_is_no_log_or_our_own(case: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert not vantages.is_vantage(tmp_path / "empty")
    assert vantages.is_vantage(case)
    with pytest.raises(InputError, match="no sealed log"):
        vantages.take_in(case, [tmp_path / "empty"])
    with pytest.raises(InputError, match="own log, evidence/"):
        vantages.take_in(case, [case])
    with pytest.raises(InputError, match="own log, custody/"):
        vantages.take_in(case, [case / "custody"])


def test_an_interrupted_exchange_is_put_back(case: Path, oslo: tuple[Path, Any]) -> None:
    (taken,) = vantages.take_in(case, [oslo[0]])
    here = case / taken.name
    here.rename(here.with_name(f".{here.name}.replaced"))
    (here.with_name(f".{here.name}.taking") / "segments").mkdir(parents=True)
    assert not verify(case).ok
    (again,) = vantages.take_in(case, [oslo[0]])
    assert again.replaced == taken.report.size
    assert [p.name for p in (case / "vantages").iterdir()] == [here.name]
    assert verify(case).ok


def test_checking_changes_nothing(case: Path, oslo: tuple[Path, Any]) -> None:
    (told,) = vantages.check([oslo[0]])
    assert told.report.ok
    assert not (case / "vantages").exists()
    assert told.to_json()["origin"] == ORIGIN
