# SPDX-License-Identifier: Apache-2.0
"""The custody log: who acts, what stands before an act, what never stands in one."""

from __future__ import annotations

import errno
import getpass
import os
from pathlib import Path
from typing import Any

import pytest

from swarmwitness.case import home
from swarmwitness.case.create import create
from swarmwitness.case.custody import acts as case_acts
from swarmwitness.case.custody.acts import CaseActs, actor, open_log, read_acts, reason
from swarmwitness.evidence import verify
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.terms import InputError


@pytest.fixture
def case(tmp_path: Path) -> Path:
    return create(tmp_path / "case", name="case", synthetic=True).root


def recorded(case: Path, *names: str) -> list[Any]:
    return [row for row in read_acts(case) if row.log == "custody" and row.act in names]


def test_an_act_is_sealed_and_its_checkpoint_kept_apart(case: Path) -> None:
    with CaseActs(case, "custody note", "Ada") as acts:
        expected = acts.next_index
        assert acts.record("note", on={"text": "x"}, why="y", result={"z": 1}) == expected
    assert verify(case / "custody").ok
    kept = home.checkpoint_file(acts.origin).read_bytes()
    assert kept == (case / "custody" / "checkpoint").read_bytes()
    (row,) = recorded(case, "note")
    assert (row.index, row.who, row.why, row.on, row.result) == (
        expected,
        "Ada",
        "y",
        {"text": "x"},
        {"z": 1},
    )
    assert row.how.startswith("swarmwitness ")
    assert row.how.endswith(" custody note")


def test_what_was_done_before_an_error_is_sealed(case: Path) -> None:
    def fail(acts: CaseActs) -> None:
        acts.record("note", on={"text": "x"})
        raise RuntimeError

    with pytest.raises(RuntimeError), CaseActs(case, "test") as acts:
        fail(acts)
    assert len(recorded(case, "note")) == 1


def test_the_instrument_and_the_configuration_stand_before_the_first_act_when_new(
    case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def once() -> list[str]:
        size = read_checkpoint(case / "custody").size
        with CaseActs(case, "test") as acts:
            acts.record("note", on={})
        rows = [r for r in read_acts(case) if r.log == "custody" and r.index >= size]
        return [r.act for r in rows if r.act != "log-sealed"]

    assert once() == ["instrument", "configuration", "note"]
    assert once() == ["note"]
    file = case / "case.toml"
    file.write_text(file.read_text() + '\n[[anchors]]\nname = "a"\naddresses = ["192.0.2.7"]\n')
    assert once() == ["configuration", "note"]
    told = recorded(case, "configuration")[-1]
    assert told.result == {"changed": ["anchors[0].addresses", "anchors[0].name"]}
    assert "192.0.2.7" not in str(told)
    file.write_text(file.read_text().replace("192.0.2.7", "192.0.2.8"))
    assert once() == ["configuration", "note"]
    assert recorded(case, "configuration")[-1].result == {"changed": ["anchors[0].addresses"]}
    monkeypatch.setattr(case_acts, "versions", lambda: {"swarmwitness": "9"})
    assert once() == ["instrument", "note"]
    assert recorded(case, "instrument")[-1].on == {"swarmwitness": "9"}


def test_a_session_without_an_act_leaves_nothing(case: Path) -> None:
    before = (case / "custody" / "checkpoint").read_bytes()
    with CaseActs(case, "test"):
        pass
    assert (case / "custody" / "checkpoint").read_bytes() == before


def test_no_address_stands_in_an_act(case: Path) -> None:
    with CaseActs(case, "test", "by 192.0.2.4") as acts:
        acts.record(
            "note",
            on={"text": "192.0.2.1", "198.51.100.1": ["2001:db8::1", {"log: 192.0.2.2": "log: 192.0.2.2"}]},
            why="file: 192.0.2.3",
            result={"file": "192.0.2.5.csv"},
        )
    raw = b"".join(p.read_bytes() for p in (case / "custody" / "segments").iterdir())
    assert b"192.0.2." not in raw
    assert b"198.51.100.1" not in raw
    assert b"2001:db8" not in raw


def test_one_acts_at_a_time(case: Path) -> None:
    with CaseActs(case, "test"), pytest.raises(InputError, match="another process"):
        CaseActs(case, "test")


def test_a_case_without_a_custody_log_says_how_to_begin_one(case: Path) -> None:
    (case / "custody").rename(case.parent / "custody")
    with pytest.raises(InputError, match="swarmwitness init CASE"):
        CaseActs(case, "test")
    assert not (case / "custody").exists()


def test_a_key_that_is_elsewhere_is_never_made_up(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (pseudonym_key,) = (home.home() / "pseudonyms").iterdir()
    pseudonym_key.unlink()
    with pytest.raises(InputError, match="no pseudonym key"):
        CaseActs(case, "test")
    monkeypatch.setenv("SWARMWITNESS_HOME", str(case.parent / "elsewhere"))
    with pytest.raises(InputError, match="key"):
        CaseActs(case, "test")
    assert not [p for p in home.home().rglob("*") if p.is_file()]


def test_who_acts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SWARMWITNESS_ACTOR", raising=False)
    monkeypatch.setenv("LOGNAME", "ada")
    assert actor(None) == getpass.getuser() == "ada"
    monkeypatch.setenv("SWARMWITNESS_ACTOR", "Ada Analyst")
    assert actor(None) == "Ada Analyst"
    assert actor("Bob") == "Bob"
    for unfit in ("", " ", "a\nb", "x" * 101):
        with pytest.raises(InputError, match="--by"):
            actor(unfit)


def test_a_reason_is_stated() -> None:
    assert reason(" order 4 ") == "order 4"
    with pytest.raises(InputError, match="--reason"):
        reason(" \t")


def test_a_log_whose_key_is_not_here_is_not_opened(case: Path) -> None:
    with pytest.raises(InputError, match="no signing key"):
        open_log(case / "custody", "swarmwitness.local/other/00000000")


def test_the_error_that_came_first_is_the_one_that_is_told(
    small_case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk fails the act, and then the seal of the session."""
    create(small_case, name="Small")

    def act() -> None:
        with CaseActs(small_case, "test", "Ada") as acts:
            acts.record("note", on={"text": "x"})
            for name in ("fsync", "fdatasync"):
                monkeypatch.setattr(os, name, _full)
            acts.seal()

    with pytest.raises(OSError, match="No space left"):
        act()
    monkeypatch.undo()
    assert verify(small_case / "custody").ok


def _full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")
