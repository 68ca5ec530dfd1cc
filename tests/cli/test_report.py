# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness report`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_the_page_is_written_anew(call: Callable[..., Any], case: Path, tmp_path: Path) -> None:
    call("run", case, "--out", "out")
    told = call("report", "out", "--to", "page.html")
    assert told.status == 0
    assert (tmp_path / "page.html").read_bytes() == (tmp_path / "out" / "report.html").read_bytes()
