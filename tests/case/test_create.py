# SPDX-License-Identifier: Apache-2.0
"""`init` makes a case that every other command accepts, and never touches what is there."""

from pathlib import Path

import pytest

from swarmwitness.case import home
from swarmwitness.case.config import read_config
from swarmwitness.case.create import begin_log, create
from swarmwitness.case.custody.acts import read_acts
from swarmwitness.case.logs.verification import verify
from swarmwitness.evidence import read
from swarmwitness.terms import InputError


def test_a_new_case_reads_and_verifies(tmp_path: Path) -> None:
    made = create(tmp_path / "c", name='Ö "quoted" v. Company', synthetic=True)
    config = read_config(made.root)
    assert (config.name, config.synthetic) == ('Ö "quoted" v. Company', True)
    report = verify(made.root)
    assert report.ok
    assert {log.report.origin for log in report.logs} == {made.origin, made.custody}
    assert made.begun == ("evidence", "custody")
    for log in made.begun:
        kinds = [exhibit.kind for _, exhibit in read(made.root / log)]
        assert kinds == ["act"] * 3, "created, init, sealed"


def test_the_beginning_is_an_act_in_both_logs_and_holds_no_address(tmp_path: Path) -> None:
    made = create(tmp_path / "c", name="Against 192.0.2.7", synthetic=True, by="Ada")
    inits = [row for row in read_acts(made.root) if row.act == "init"]
    assert [row.log for row in inits] == ["evidence", "custody"]
    for row in inits:
        assert row.who == "Ada"
        assert row.how.endswith(" init")
        assert "192.0.2.7" not in str(row.on)
        assert row.at.utc_ns > 0


def test_logs_that_a_case_lacks_are_begun_and_nothing_else_is_touched(tmp_path: Path) -> None:
    case = tmp_path / "old"
    case.mkdir()
    (case / "case.toml").write_text('[case]\nname = "Old"\nsynthetic = true\n')
    first = begin_log(case / "evidence", "Old")
    before = {p: p.read_bytes() for p in case.rglob("*") if p.is_file()}
    made = create(case, name="another name")
    assert (made.origin, made.begun) == (first, ("custody",))
    assert {p: p.read_bytes() for p in before} == before
    assert sorted(p.name for p in case.iterdir()) == ["case.toml", "custody", "evidence"]
    assert verify(case).ok
    with pytest.raises(InputError, match="both its logs are there"):
        create(case, name="another name")


def test_no_key_lies_in_the_case(tmp_path: Path) -> None:
    made = create(tmp_path / "c", name="c")
    key = home.signing_key(made.origin, make=False).private_bytes_raw()
    for file in (p for p in made.root.rglob("*") if p.is_file()):
        assert key not in file.read_bytes()
        assert b"PRIVATE" not in file.read_bytes()


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("keep")
    with pytest.raises(InputError, match="not empty"):
        create(tmp_path, name="c")
    with pytest.raises(InputError, match="not empty"):
        create(tmp_path / "letter.txt", name="c")


def test_two_cases_of_one_name_have_two_logs(tmp_path: Path) -> None:
    first, second = (create(tmp_path / n, name="Same").origin for n in ("a", "b"))
    assert first != second
