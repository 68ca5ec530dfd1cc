# SPDX-License-Identifier: Apache-2.0
"""Writing a bundle: whole or not at all, over nothing, the same bytes for the same input."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from swarmwitness.evidence.bundle import Cover, LogExcerpt, write_bundle
from swarmwitness.evidence.bundle.write import STANDALONE_FILE
from swarmwitness.evidence.proof_text import InclusionProof
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.terms import InputError

COVER = Cover("Case", "everything", "swarmwitness 1", "2026-11-24", {})


def logs(good: Any, chosen: str = "") -> list[LogExcerpt]:
    return [LogExcerpt("evidence", good.folder / "evidence", Ranges.from_text(chosen))]


def test_the_same_input_gives_the_same_bytes(good: Any, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_bundle(tmp_path / name, logs(good, "1-4"), {}, cover=COVER, key=good.key_of(1))
    one, two = tmp_path / "one", tmp_path / "two"
    files = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(two) for path in two.rglob("*") if path.is_file())
    assert all((one / file).read_bytes() == (two / file).read_bytes() for file in files)
    assert (one / "data/verify_standalone.py").read_bytes() == STANDALONE_FILE.read_bytes()


def test_nothing_is_written_over(good: Any, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(InputError, match="exists"):
        write_bundle(tmp_path / "there", logs(good), {}, cover=COVER, key=good.key_of(1))
    with pytest.raises(InputError, match="no such folder"):
        write_bundle(tmp_path / "a" / "b", logs(good), {}, cover=COVER, key=good.key_of(1))


def test_what_fails_leaves_nothing(good: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not the key"):
        write_bundle(tmp_path / "out", logs(good), {}, cover=COVER, key=good.key_of(7))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["data/other", "data/rows/../x", "stray", "data/drafts/odd name"])
def test_files_that_no_bundle_holds(good: Any, tmp_path: Path, path: str) -> None:
    with pytest.raises(ValueError, match="no bundle holds"):
        write_bundle(tmp_path / "out", logs(good), {path: b""}, cover=COVER, key=good.key_of(1))


def test_texts_of_several_lines(good: Any, tmp_path: Path) -> None:
    cover = replace(COVER, filter="two\nlines")
    with pytest.raises(ValueError, match="one line"):
        write_bundle(tmp_path / "out", logs(good), {}, cover=cover, key=good.key_of(1))
    with pytest.raises(InputError, match="1 to 64 logs"):
        write_bundle(tmp_path / "out", [], {}, cover=COVER, key=good.key_of(1))


def test_a_withheld_act_stays_closed(good: Any, both: Any, tmp_path: Path) -> None:
    log = replace(logs(good, "1-4")[0], withheld=Ranges.of([5]))
    made = write_bundle(tmp_path / "out", [log], {}, cover=COVER, key=good.key_of(1))
    assert 5 in made.logs[0].chosen
    assert 5 not in made.logs[0].opened
    assert both.agreed(tmp_path / "out") == ""


def test_an_envelope_without_its_key_is_shown_as_stored(good: Any, both: Any, tmp_path: Path) -> None:
    log = replace(logs(good, "6")[0], opened=Ranges.of([6]))
    made = write_bundle(tmp_path / "out", [log], {}, cover=COVER, key=good.key_of(1))
    assert (made.logs[0].opened.to_text(), made.logs[0].keyed.to_text()) == ("0,5-6,8-10,12", "")
    assert both.agreed(tmp_path / "out") == ""
    assert b"secret payload" not in (tmp_path / "out/data/logs/1/exhibits/6.exhibit").read_bytes()


def test_its_own_proofs_read(good: Any) -> None:
    proofs = list((good.folder / "bundle").rglob("*.tlog-proof"))
    assert proofs
    for path in proofs:
        assert InclusionProof.from_text(path.read_bytes()).index == int(path.name.split(".")[0])
