# SPDX-License-Identifier: Apache-2.0
"""docs/one-datum.md runs: every number of the demonstration walks back to bytes."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from swarmwitness.lab.demo import lab_part

PAGE = Path(__file__).resolve().parents[2] / "docs" / "one-datum.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks() -> list[str]:
    return BLOCK.findall(PAGE.read_text(encoding="utf-8"))


@pytest.mark.lab
@pytest.mark.slow
def test_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("libtorrent")
    if shutil.which("openssl") is None:
        pytest.skip("`openssl` is not installed: nobody vouches for the time")
    monkeypatch.setenv("SWARMWITNESS_HOME", str(tmp_path / "home"))
    part = lab_part(tmp_path, lambda line: None, 15)
    assert [row for row in part.rows if not row.ok] == []
    names: dict[str, object] = {"demo": tmp_path}
    for number, block in enumerate(blocks(), 1):
        exec(compile(block, f"{PAGE.name}, block {number}", "exec"), names)
    assert names["lease"]
    assert names["token"]
    assert names["commitment"]


def test_the_page_asserts_something_in_every_block() -> None:
    assert len(blocks()) >= 8
    assert all("assert " in block for block in blocks())


def test_the_page_names_every_room_that_a_datum_passes() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for room in ("vantage", "evidence", "swarm", "wire", "observation", "intake", "relations"):
        assert f"`{room}/`" in text
    for room in ("attribution", "inference", "case", "report"):
        assert f"`{room}/`" in text
