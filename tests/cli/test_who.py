# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness who`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]
TABLE = """prefix,org_id,org_name,asn,kind,valid_from,valid_to,source
198.18.0.0/24,as64500,Example,64500,corporate,2020-01-01,2020-01-02,routing
198.18.0.0/24,as64501,Other,64501,vpn,2019-01-01,2021-01-01,registry
198.18.9.0/24,as64501,Other,64501,vpn,2019-01-01,2021-01-01,registry
"""


@pytest.fixture
def known(case: Path) -> Path:
    (case / "networks" / "all.csv").write_text(TABLE)
    return case


def test_a_person_reads_every_source_and_a_timeline(call: Call, known: Path) -> None:
    told = call("who", "198.18.0.7:6881", "--at", "2020-01-01T12:00:00Z", "--case", known)
    assert (told.status, told.err) == (0, "")
    for words in (
        "day             2020-01-01 (UTC)",
        "agreement       split: ",
        "nobody is named",
        "special range   benchmarking",
        "source          routing",
        "source          registry",
        "origin AS64500",
        "names         as64501 Other",
        "speaks for    2020-01-01",
        "exhibit       file:",
        "unmeasured",
        "whole days",
        "port 6881",
    ):
        assert words in told.out
    picture = told.out[told.out.index("all sources") :]
    assert max(map(len, picture.splitlines())) <= 80
    assert "asked: 2020-01-01" in picture


def test_stale_is_told_with_its_age_and_nothing_is_recorded(call: Call, known: Path) -> None:
    acts = call("custody", known, "--all", "--json").out
    told = call("who", "198.18.9.7", "--at", "2021-01-31", "--case", known)
    assert (
        "agreement       stale: no source speaks for this day; the latest before it is 31 days older"
        in told.out
    )
    assert call("custody", known, "--all", "--json").out == acts


def test_json_and_pictures(call: Call, known: Path, tmp_path: Path) -> None:
    for name, head in (("a.svg", b"<svg"), ("a.png", b"\x89PNG"), ("a.html", b"<!doctype html>")):
        told = call("who", "198.18.0.7", "--at", "2020-01-01", "--case", known, "--picture", name, "--json")
        said = json.loads(told.out)
        assert (said["agreement"], said["org_id"], len(said["sources"])) == ("split", "", 2)
        assert (tmp_path / name).read_bytes().startswith(head)
    assert "as64501" in (tmp_path / "a.html").read_text()


def test_what_ships_answers_without_a_case(call: Call) -> None:
    told = call("who", "203.0.113.7", "--at", "2025-04-02")
    assert told.status == 0
    assert "CC BY 4.0" in told.out
    assert "agreement       unknown" in told.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("nobody", "--at", "2025-04-02"),
        ("198.18.0.7", "--at", "yesterday"),
        ("198.18.0.7", "--at", "9000-01-01"),
        ("198.18.0.7",),
        ("198.18.0.7", "--at", "2025-04-02", "--case", "none"),
        ("198.18.0.7", "--at", "2025-04-02", "--picture", "a.gif"),
        ("198.18.0.7", "--at", "2025-04-02", "--picture", "none/a.png"),
    ],
)
def test_wrong_use_is_one_line(call: Call, arguments: tuple[str, ...]) -> None:
    told = call("who", *arguments)
    assert told.status == 2
    assert told.err.count("\n") == 1
    assert told.out == ""
