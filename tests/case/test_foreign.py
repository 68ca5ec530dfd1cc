# SPDX-License-Identifier: Apache-2.0
"""`intake`: what a party hands over goes in unaltered, or is refused with a reason; the act is sealed."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmwitness.case.config import read_config
from swarmwitness.case.create import create
from swarmwitness.case.custody.acts import read_acts, sealed_tables
from swarmwitness.case.foreign import take_in
from swarmwitness.case.pseudonyms import pseudonyms_of
from swarmwitness.terms import InputError

GOOD = f"observed_at,ip,info_hash\n2025-01-01T00:00:00Z,192.0.2.1,{'aa' * 20}\n"
BAD = GOOD + "yesterday,192.0.2.1,aa\n"


@pytest.fixture
def case(tmp_path: Path) -> Path:
    return create(tmp_path / "case", name="case", synthetic=True).root


def vendor(tmp_path: Path, text: str = BAD) -> Path:
    file = tmp_path / "vendor.csv"
    file.write_text(text)
    return file


def act_address(case: Path) -> str:
    return pseudonyms_of(case, read_config(case)).of("192.0.2.9").removeprefix("addr-")


def test_a_file_goes_in_unaltered_and_the_act_is_sealed(case: Path, tmp_path: Path) -> None:
    file = vendor(tmp_path)
    told = "by hand from the vendor, 192.0.2.9"
    taken = take_in(case, [file], out=tmp_path / "out", copy=True, provenance=told)
    assert (case / "sightings" / "vendor.csv").read_bytes() == file.read_bytes()
    assert [row[:4] for row in taken.table] == [("vendor.csv", 2, 1, 1)]
    assert (tmp_path / "out" / "rejected.csv").read_text().count("\n") == 2
    (act,) = [a for a in read_acts(case) if a.act == "intake"]
    assert act.log == "custody"
    sealed = {"file": "vendor.csv", "bytes": file.stat().st_size, "sha256": taken.files[0].sha256}
    assert act.on == {"files": [sealed], "provenance": "by hand from the vendor, addr-" + act_address(case)}
    assert act.result == {"accepted": 1, "rejected": 1}
    assert sealed_tables(case) == {"vendor.csv": taken.files[0].sha256}


def test_a_check_copies_nothing(case: Path, tmp_path: Path) -> None:
    taken = take_in(case, [vendor(tmp_path, GOOD)], out=tmp_path / "out", copy=False)
    assert list((case / "sightings").iterdir()) == []
    assert taken.rejected_file is None
    assert taken.to_json()["files"] == [
        {"file": "vendor.csv", "records": 1, "accepted": 1, "rejected": 0, "sha256": taken.files[0].sha256}
    ]


def test_what_was_handed_over_is_never_overwritten(case: Path, tmp_path: Path) -> None:
    take_in(case, [vendor(tmp_path, GOOD)], out=tmp_path / "out", copy=True)
    take_in(case, [vendor(tmp_path, GOOD)], out=tmp_path / "out", copy=True)
    with pytest.raises(InputError, match="another file of this name"):
        take_in(case, [vendor(tmp_path, BAD)], out=tmp_path / "out", copy=True)
    assert (case / "sightings" / "vendor.csv").read_text() == GOOD


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        ("none.csv", None, "no such file"),
        ("a.txt", "x", "neither"),
        ("a.csv", "", "a.csv"),
        ("a.csv", "x\n1\n", "observed_at"),
    ],
)
def test_an_unfit_file_is_one_clear_line(
    case: Path, tmp_path: Path, name: str, content: str | None, named: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=named):
        take_in(case, [tmp_path / name], out=tmp_path / "out", copy=True)
    assert list((case / "sightings").iterdir()) == []


def test_no_file_is_wrong_use(case: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file"):
        take_in(case, [], out=tmp_path / "out", copy=True)


def test_a_case_without_a_custody_log_takes_nothing_in(tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "case.toml").write_text('[case]\nname = "bare"\nsynthetic = true\n')
    with pytest.raises(InputError, match="keeps no custody log"):
        take_in(bare, [vendor(tmp_path)], out=tmp_path / "out", copy=True)
    assert not (bare / "sightings").exists()


def test_acts_of_the_first_release_are_read_too(case: Path, tmp_path: Path) -> None:
    from swarmwitness.case.create import act
    from swarmwitness.case.custody.acts import open_log
    from swarmwitness.evidence.reading import read_checkpoint
    from swarmwitness.vantage import Clock

    origin = read_checkpoint(case / "evidence").origin
    with open_log(case / "evidence", origin) as log:
        log.record(act({"act": "intake", "files": [{"file": "a.csv", "sha256": "00"}]}, Clock()))
        log.record(act({"act": "intake", "files": "nonsense"}, Clock()))
        log.seal(Clock().read())
    assert sealed_tables(case) == {"a.csv": "00"}
