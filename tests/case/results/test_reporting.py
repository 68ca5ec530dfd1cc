# SPDX-License-Identifier: Apache-2.0
"""What the report is given, and that the page can be written anew from the output folder alone."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from swarmwitness.case.results.reporting import render_report, without_values
from swarmwitness.case.run import run
from swarmwitness.terms import InputError


def test_the_page_written_anew_is_the_same(small_case: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(small_case, out)
    first = (out / "report.html").read_bytes()
    assert render_report(out, tmp_path / "again.html").read_bytes() == first
    assert (tmp_path / "again.html").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"title": 1}', "null"])
def test_a_damaged_report_is_one_clear_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "report.json").write_text(content)
    with pytest.raises(InputError, match=r"report\.json"):
        render_report(tmp_path, None)


def test_no_run_no_report(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not the output folder"):
        render_report(tmp_path, None)


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("ip: '192.0.2.300' is no address", "ip: … is no address"),
        ("ip: \"it's 192.0.2.1\" and 'x'", "ip: …"),
        ("3 fields where 9 are asked for", "3 fields where 9 are asked for"),
    ],
)
def test_a_reason_is_shown_without_what_the_row_said(reason: str, shown: str) -> None:
    assert without_values(reason) == shown


def test_an_address_reaches_the_page_by_no_road(small_case: Path, tmp_path: Path) -> None:
    """Not by a warning, a file's name, a work, a set or an organisation."""
    raw = "203.0.113.99"
    toml = small_case / "case.toml"
    toml.write_text(toml.read_text().replace('name = "hidden"', f'name = "set {raw}"'))
    networks = small_case / "networks" / "all.csv"
    networks.write_text(networks.read_text().replace("Another", f"ISP of {raw}"))
    (small_case / "sightings" / f"{raw}.csv").write_text(
        f"observed_at,ip,info_hash,col {raw}\n2025-01-01T00:00:00Z,{raw}{' ' * 300},{'aa' * 20},x\n"
        f"2025-01-01T00:00:00Z,{raw},{'aa' * 20},x\n"
    )
    run(small_case, tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text()
    assert raw not in page
    assert raw not in (tmp_path / "out" / "report.json").read_text()


@pytest.mark.parametrize("sensitive", [True, False])
def test_curves_have_pseudonyms_and_no_title_that_is_withheld(
    observed: Any, tmp_path: Path, sensitive: bool
) -> None:
    marked = "true" if sensitive else "false"
    header = "info_hash,title,work_id,owner,sensitive"
    row = f"{observed.torrent},A telling title,w1,case,{marked}"
    (observed.root / "works.csv").write_text(f"{header}\n{row}\n")
    run(observed.root, tmp_path / "out")
    (swarm,) = json.loads((tmp_path / "out" / "report.json").read_text())["curves"]
    shown = "a registered work" if sensitive else "registered work A telling title"
    assert swarm["name"] == f"Swarm 1, {shown}"
    assert len(swarm["curves"]) == 1, "the other peers claimed no piece"
    assert all(curve["peer"].startswith("addr-") for curve in swarm["curves"])
    page = (tmp_path / "out" / "report.html").read_text()
    assert ("A telling title" in page) is not sensitive
    assert "198.51.100." not in page


def test_a_torrent_of_no_registered_work_has_no_title(
    small_case: Path, watched_log: Callable[..., Any], tmp_path: Path
) -> None:
    shutil.rmtree(small_case / "evidence", ignore_errors=True)
    watched_log(small_case / "evidence", "here.example/log")
    run(small_case, tmp_path / "out")
    (swarm,) = json.loads((tmp_path / "out" / "report.json").read_text())["curves"]
    assert swarm["name"] == "Swarm 1, no registered work"
    assert len(swarm["curves"]) == 2
