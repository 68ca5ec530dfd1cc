# SPDX-License-Identifier: Apache-2.0
"""`init` makes a case that every other command accepts, and never touches what is there."""

from pathlib import Path

import pytest

from swarmwitness.case import home
from swarmwitness.case.config import read_config
from swarmwitness.case.create import create
from swarmwitness.case.verification import verify
from swarmwitness.evidence import read
from swarmwitness.terms import InputError


def test_a_new_case_reads_and_verifies(tmp_path: Path) -> None:
    made = create(tmp_path / "c", name='Ö "quoted" v. Company', synthetic=True)
    config = read_config(made.root)
    assert (config.name, config.synthetic) == ('Ö "quoted" v. Company', True)
    report = verify(made.root)
    assert report.ok
    assert report.origin == made.origin
    kinds = [exhibit.kind for _, exhibit in read(made.root / "evidence")]
    assert kinds
    assert set(kinds) <= {"act", "log"}, "nothing but acts yet"


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
