# SPDX-License-Identifier: Apache-2.0
"""A reveal is sealed before anything is told, asked for with a reason, under an authority."""

from __future__ import annotations

import datetime as dt
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from swarmwitness.case import home
from swarmwitness.case.config import read_config
from swarmwitness.case.create import create
from swarmwitness.case.custody import revealing
from swarmwitness.case.custody.acts import read_acts
from swarmwitness.case.custody.revealing import reveal
from swarmwitness.case.logs.verification import verify
from swarmwitness.case.pseudonyms import Pseudonyms, pseudonyms_of
from swarmwitness.terms import InputError

UNKNOWN = "addr-aaaaaaaaaa"


def pseudonym(case: Path, ip: str) -> str:
    return pseudonyms_of(case, read_config(case)).of(ip)


def test_what_is_found_and_what_is_not_is_told_and_recorded(observed: Any) -> None:
    seed = pseudonym(observed.root, "198.51.100.7")
    told = reveal(observed.root, [seed, UNKNOWN, seed], why="order no. 4 on 192.0.2.3", by="Ada")
    assert told.addresses == {seed: "198.51.100.7", UNKNOWN: None}
    asked, answered = [row for row in read_acts(observed.root) if row.act.startswith("reveal")]
    assert (asked.act, asked.index, asked.who) == ("reveal", told.asked, "Ada")
    assert asked.on == {"pseudonyms": [seed, UNKNOWN]}
    assert asked.why.startswith("order no. 4 on addr-")
    assert answered.on == {"asked": asked.reference}
    assert answered.result == {"found": [seed], "not_found": [UNKNOWN]}
    assert verify(observed.root).ok


def test_foreign_rows_and_sets_are_searched(small_case: Path) -> None:
    create(small_case, name="Small")
    wanted = {pseudonym(small_case, ip): ip for ip in ("198.18.2.1", "198.18.1.2")}
    assert reveal(small_case, list(wanted), why="order").addresses == wanted


def test_a_report_of_before_the_custody_log_can_still_be_asked_about(small_case: Path) -> None:
    shown = Pseudonyms(home.pseudonym_key("Small")).of("198.18.2.1")
    create(small_case, name="Small")
    assert pseudonym(small_case, "198.18.2.1") != shown
    assert reveal(small_case, [shown], why="order").addresses == {shown: "198.18.2.1"}


def test_the_asking_outlives_a_process_that_is_killed(observed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    child = os.fork()
    if child == 0:
        monkeypatch.setattr(revealing, "_look_up", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        reveal(observed.root, [UNKNOWN], why="order")
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert [row.act for row in read_acts(observed.root)].count("reveal") == 1
    assert verify(observed.root).ok


@pytest.mark.parametrize(
    ("pseudonyms", "why", "named"),
    [
        ([UNKNOWN], "", "reason"),
        ([], "order", "name 1 to"),
        (["192.0.2.1"], "order", "is no pseudonym"),
        (["addr-AAAAAAAAAA"], "order", "is no pseudonym"),
    ],
)
def test_what_is_asked_amiss_is_refused(observed: Any, pseudonyms: list[str], why: str, named: str) -> None:
    with pytest.raises(InputError, match=named) as refused:
        reveal(observed.root, pseudonyms, why=why)
    assert "192.0.2.1" not in str(refused.value)
    assert not [row for row in read_acts(observed.root) if row.act == "reveal"]


@pytest.mark.parametrize(("days", "allowed"), [(None, False), (-1, False), (0, True), (9, True)])
def test_an_authority_must_hold(tmp_path: Path, days: int | None, allowed: bool) -> None:
    case = create(tmp_path / "real", name="real").root
    if days is not None:
        expires = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=days)
        with (case / "case.toml").open("a") as file:
            file.write(f'\n[authority]\nholder = "S"\nbasis = "order"\nexpires = {expires}\n')
    if allowed:
        assert reveal(case, [UNKNOWN], why="order").addresses == {UNKNOWN: None}
    else:
        with pytest.raises(InputError, match="authority"):
            reveal(case, [UNKNOWN], why="order")


def test_without_the_key_nothing_is_told(observed: Any) -> None:
    for file in (home.home() / "pseudonyms").iterdir():
        file.unlink()
    with pytest.raises(InputError, match="no pseudonym key"):
        reveal(observed.root, [UNKNOWN], why="order")
    assert not list((home.home() / "pseudonyms").iterdir())
