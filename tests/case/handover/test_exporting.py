# SPDX-License-Identifier: Apache-2.0
"""An export is a new file, accepted by others, and an act that was sealed before the file had its name."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from swarmwitness.case import home
from swarmwitness.case.create import create
from swarmwitness.case.custody.acts import CaseActs, read_acts
from swarmwitness.case.handover.exporting import Asked, drafts, export_case_uco, export_drafts
from swarmwitness.case.logs import vantages
from swarmwitness.case.logs.verification import verify
from swarmwitness.case.run import run
from swarmwitness.evidence import VerificationError
from swarmwitness.terms import InputError

VALIDATE = Path(sys.executable).with_name("case_validate")
EXAMPLE = Path(__file__).parents[3] / "examples" / "studio-v-company"
ASKED = Asked(by="A. Custodian", reason="for the defence")


@pytest.fixture
def case(small_case: Path) -> Path:
    create(small_case, name="", by="A. Custodian")
    return small_case


def accepted(file: Path) -> bool:
    pytest.importorskip("case_utils")
    told = subprocess.run([VALIDATE, file], capture_output=True, text=True, check=False, timeout=120)
    return (told.returncode, (told.stdout + told.stderr).split()) == (
        0, ["Validation", "Report", "Conforms:", "True"],
    )  # fmt: skip


def exports(case: Path) -> list[Any]:
    return [row for row in read_acts(case) if row.act == "export"]


def test_case_validate_accepts_a_case_with_its_run(case: Path, tmp_path: Path) -> None:
    run(case, tmp_path / "out")
    made = export_case_uco(
        case, tmp_path / "c.jsonld", Asked(tmp_path / "out", "A. Custodian", "for the defence")
    )
    assert accepted(made.out)
    assert (made.logs, made.notes) == (3, ())
    assert made.findings > 10
    assert made.out.stat().st_mode & 0o777 == 0o600
    assert verify(case).ok


def test_case_validate_accepts_an_observed_case(tmp_path: Path, watched_log: Callable[..., Any]) -> None:
    case = create(tmp_path / "observed", name="Observed", synthetic=True).root
    from_far = tmp_path / "far" / "evidence"
    watched_log(from_far, "far.example/oslo", vantage="oslo")
    vantages.take_in(case, [from_far], by="A. Custodian", provenance="sent")
    made = export_case_uco(case, tmp_path / "c.jsonld", ASKED)
    assert accepted(made.out)
    assert made.logs == 3


def test_case_validate_accepts_an_empty_case(tmp_path: Path) -> None:
    case = create(tmp_path / "empty", name="Empty 'quoted' <b>", synthetic=True).root
    assert accepted(export_case_uco(case, tmp_path / "c.jsonld", ASKED).out)


@pytest.mark.slow
@pytest.mark.skipif(not EXAMPLE.is_dir(), reason="needs the synthetic example")
def test_case_validate_accepts_the_example(tmp_path: Path) -> None:
    case = tmp_path / "studio"
    shutil.copytree(EXAMPLE, case)
    create(case, name="", by="A. Custodian")
    made = export_case_uco(case, tmp_path / "c.jsonld", ASKED)
    assert accepted(made.out)
    titles = [file.stem for file in (EXAMPLE / "torrents").iterdir()]
    assert not [title for title in titles if title in made.out.read_text()]


def test_the_act_holds_who_why_and_the_hash_of_what_was_written(case: Path, tmp_path: Path) -> None:
    made = export_case_uco(case, tmp_path / "c.jsonld", ASKED)
    (act,) = exports(case)
    assert (act.who, act.why, act.reference) == ("A. Custodian", "for the defence", made.act)
    content = made.out.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    assert act.on == {"format": "case-uco"}
    assert act.result == {"files": [{"file": "c.jsonld", "bytes": len(content), "sha256": digest}]}
    assert made.files == {"c.jsonld": digest}


def test_drafts_are_a_folder_of_files_that_the_act_names(case: Path, tmp_path: Path) -> None:
    made = export_drafts(case, tmp_path / "d", ASKED)
    (act,) = exports(case)
    named = {each["file"]: each["sha256"] for each in act.result["files"]}
    found = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in (tmp_path / "d").iterdir()}
    assert named == found == made.files
    assert len(found) == 6
    assert (tmp_path / "d").stat().st_mode & 0o777 == 0o700
    assert {p.stat().st_mode & 0o777 for p in (tmp_path / "d").iterdir()} == {0o600}


def test_drafts_for_a_bundle_are_the_same_and_no_act_of_their_own(case: Path) -> None:
    before = len(read_acts(case))
    assert sorted(drafts(case)) == [
        f"{name}.{form}"
        for name in ("certificate-902-13", "certificate-902-14", "instrument")
        for form in ("html", "txt")
    ]
    assert len(read_acts(case)) == before


def test_without_its_act_nothing_is_exported(case: Path, tmp_path: Path) -> None:
    with CaseActs(case, "note", "B. Analyst"):
        for export in (export_case_uco, export_drafts):
            with pytest.raises(InputError, match="another process is writing"):
                export(case, tmp_path / "x", ASKED)
    assert not [p.name for p in tmp_path.iterdir() if "x" in p.name]


def test_a_case_without_a_custody_log_is_not_exported(small_case: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="keeps no custody log"):
        export_case_uco(small_case, tmp_path / "c.jsonld", ASKED)
    assert not (tmp_path / "c.jsonld").exists()
    assert not (tmp_path / ".c.jsonld.part").exists()


def test_from_evidence_that_fails_nothing_is_exported(case: Path, tmp_path: Path) -> None:
    (case / "evidence" / "README").write_text("changed")
    acts = len(read_acts(case))
    with pytest.raises(VerificationError, match="README"):
        export_case_uco(case, tmp_path / "c.jsonld", ASKED)
    assert not (tmp_path / "c.jsonld").exists()
    assert len(read_acts(case)) == acts


@pytest.mark.parametrize("place", ["there", "case/inside", "nowhere/c"])
def test_a_place_that_is_taken_or_none_is_refused(case: Path, tmp_path: Path, place: str) -> None:
    (tmp_path / "there").write_text("mine")
    out = case / "inside" if place == "case/inside" else tmp_path / place
    for export in (export_case_uco, export_drafts):
        with pytest.raises(InputError, match="--out"):
            export(case, out, ASKED)
    assert (tmp_path / "there").read_text() == "mine"


def test_what_an_interrupted_export_left_does_not_stop_the_next(case: Path, tmp_path: Path) -> None:
    (tmp_path / ".c.jsonld.part").write_text("half")
    (tmp_path / ".d.part").mkdir()
    (tmp_path / ".d.part" / "instrument.html").write_text("half")
    assert export_case_uco(case, tmp_path / "c.jsonld", ASKED).out.is_file()
    assert len(export_drafts(case, tmp_path / "d", ASKED).files) == 6


def test_no_key_of_the_case_leaves_with_it(case: Path, tmp_path: Path) -> None:
    made = export_case_uco(case, tmp_path / "c.jsonld", ASKED)
    text = made.out.read_bytes() + json.dumps(made.to_json()).encode()
    keys = [p.read_bytes() for p in home.home().rglob("*.key")]
    assert keys
    for key in keys:
        for form in (key, key.hex().encode()):
            assert form not in text
