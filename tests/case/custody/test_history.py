# SPDX-License-Identifier: Apache-2.0
"""Acts of all logs in the order of time, old ones and odd ones too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from swarmwitness.case import home
from swarmwitness.case.create import act, create
from swarmwitness.case.custody.acts import CaseActs, open_log
from swarmwitness.case.custody.history import read_acts, sealed_tables, shown_acts
from swarmwitness.evidence import Direction, Exhibit
from swarmwitness.evidence.custody import Act
from swarmwitness.terms import Instant
from swarmwitness.vantage import Clock


def record(case: Path, log: str, *exhibits: Exhibit) -> None:
    origin = create_origin(case, log)
    with open_log(case / log, origin) as opened:
        for exhibit in exhibits:
            opened.record(exhibit)
        opened.seal(Clock().read())


def create_origin(case: Path, log: str) -> str:
    return (case / log / "log.vkey").read_text().split("+")[0]


def test_time_orders_logs_and_never_reorders_one(tmp_path: Path) -> None:
    case = create(tmp_path / "c", name="c", synthetic=True).root
    now = Clock().read().utc_ns
    later = [Act(name, "w", "h").to_exhibit(Instant(now + at)) for name, at in (("a", 9 * 10**12), ("b", 0))]
    record(case, "evidence", *later)
    record(case, "custody", Act("c", "w", "h").to_exhibit(Instant(now + 10**12)))
    order = [row.act for row in read_acts(case) if row.act in "abc"]
    assert order == ["c", "a", "b"], "b's clock had stepped back, its place has not"


def test_each_act_says_where_it_stands(observed: Any, watched_log: Any) -> None:
    watched_log(observed.root / "vantages" / "berlin", "example.org/berlin")
    rows = read_acts(observed.root)
    assert {row.log for row in rows} == {"evidence", "custody", "vantages/berlin"}
    for row in rows:
        assert row.reference == f"log:{row.origin}/{row.index}"
        told = row.to_json()
        assert set(told) >= {"log", "index", "at", "time_error_s", "act", "who", "how", "on", "why", "result"}
    seen = next(row for row in rows if row.act == "observe-start" and row.log == "evidence")
    assert (seen.at.bound_ns, seen.to_json()["time_error_s"]) == (5_000_000, 0.005)


def test_old_and_odd_acts_are_told_as_they_are(tmp_path: Path) -> None:
    case = create(tmp_path / "c", name="c", synthetic=True).root
    clock = Clock()
    odd = replace(act({}, clock), payload=b"\xff\x00")
    listed = replace(act({}, clock), payload=b"[1]")
    nested = replace(act({}, clock), payload=b"[" * 100_000)
    typed = replace(act({}, clock), payload=b'{"act":7,"who":["x"],"on":3,"more":1}')
    old = act({"act": "intake", "files": [{"file": "a.csv", "sha256": "00"}], "accepted": 3}, clock)
    record(case, "evidence", odd, listed, nested, typed, old)
    rows = read_acts(case)[-6:-1] if read_acts(case)[-1].act == "log-sealed" else []
    assert [row.act for row in rows] == ["", "", "", "", "intake"]
    assert [row.on for row in rows[:2]] == [{"unreadable": 2}, {"unreadable": 3}]
    assert rows[3].on == 3
    assert rows[4].on == {"files": [{"file": "a.csv", "sha256": "00"}], "accepted": 3}
    assert sealed_tables(case) == {"a.csv": "00"}


def test_a_statement_that_is_none_is_told_as_unreadable(tmp_path: Path) -> None:
    case = create(tmp_path / "c", name="c", synthetic=True).root
    for kind in ("time", "witness"):
        record(case, "evidence", replace(act({}, Clock()), kind=kind, payload=b'{"act":"timestamped"}'))
    rows = [row for row in read_acts(case) if row.kind != "act"]
    assert [(row.kind, row.act, row.on) for row in rows] == [
        ("time", "", {"unreadable": 21}),
        ("witness", "", {"unreadable": 21}),
    ]


def test_acts_of_an_encrypted_log_need_no_key(observed: Any, converse_on: Any) -> None:
    key = home.content_key(observed.origin, make=True)
    with open_log(observed.root / "evidence", observed.origin, key) as log:
        converse_on(log)
    home.content_key_file(observed.origin).unlink()
    assert [row.act for row in read_acts(observed.root)].count("observe-end") == 2


def test_the_last_intake_of_a_name_counts(tmp_path: Path) -> None:
    case = create(tmp_path / "c", name="c", synthetic=True).root
    for digest in ("00", "11"):
        with CaseActs(case, "intake") as acts:
            acts.record("intake", on={"files": [{"file": "a.csv", "sha256": digest}]})
    record(case, "custody", Exhibit("note", Direction.NONE, Instant(1), "", 0, None, None, b'"act":"intake"'))
    assert sealed_tables(case) == {"a.csv": "11"}


def test_what_is_shown_holds_no_address_whoever_wrote_it(tmp_path: Path) -> None:
    case = create(tmp_path / "c", name="c", synthetic=True).root
    told = Act("looked", "w 192.0.2.7", "h", {"192.0.2.7": ["::ffff:192.0.2.7"]}, "192.0.2.7")
    record(case, "evidence", told.to_exhibit(Clock().read()))
    assert any(row.why == "192.0.2.7" for row in read_acts(case))
    rows = shown_acts(case)
    assert len(rows) == len(read_acts(case))
    assert "192.0.2.7" not in repr(rows)
    (row,) = [row for row in rows if row.act == "looked"]
    assert row.why.startswith("addr-")
    assert row.on == {row.why: [row.why]}
