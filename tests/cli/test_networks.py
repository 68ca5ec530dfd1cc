# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness networks`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]
TABLE = """prefix,org_id,org_name,asn,kind,valid_from,valid_to,source
198.18.0.0/24,as64500,Example,64500,corporate,2025-04-02,2025-04-03,routing
198.18.0.0/24,as64501,Other,64501,vpn,2025-04-11,2025-04-12,routing
198.18.1.0/24,as64501,Other,64501,vpn,2025-04-11,2025-04-12,routing
"""


@pytest.fixture
def full(call: Call, case: Path, tmp_path: Path) -> Path:
    """A case with a table of our own and a list of exits."""
    (tmp_path / "own.csv").write_text(TABLE)
    (tmp_path / "exits.txt").write_text("198.18.0.0/25\n198.18.2.0/25\n198.18.3.7\nnobody\n")
    told = call("networks", "import", case, "own.csv", "--by", "Ada", "--from", "a disk")
    assert told.status == 0, told.err
    assert "taken in        networks/own.csv" in told.out
    return case


def test_a_list_is_imported_with_what_is_told_of_it(call: Call, full: Path, tmp_path: Path) -> None:
    words = ("networks", "import", full, "exits.txt", "--source", "exits", "--kind", "vpn")
    lacks = call(*words)
    assert (lacks.status, "--as-of" in lacks.err) == (2, True)
    told = call(*words, "--as-of", "2025-04-02", "--service", "proxy", "--by", "Ada")
    assert "refused         exits.txt at 4: " in told.out
    assert "nobody" in (tmp_path / "networks-out" / "rejected.csv").read_text()
    again = call(*words, "--as-of", "2025-04-02", "--service", "proxy")
    assert "nothing done    exits.txt: is in the case already" in again.out
    (act,) = [a for a in json.loads(call("custody", full, "--json").out) if a["on"].get("source") == "exits"]
    assert (act["act"], act["who"], act["on"]["told"]) == (
        "networks-import",
        "Ada",
        {"kind": "vpn", "service": "proxy"},
    )
    assert call("verify", full).status == 0


def test_only_checking_takes_nothing_in(call: Call, full: Path) -> None:
    told = call("networks", "import", full, "exits.txt", "--as-of", "2025-04-02", "--check", "--json")
    (one,) = json.loads(told.out)["files"]
    assert (one["rows"], one["refused"], one["table"]) == (3, 1, None)
    assert not (full / "networks" / "originals").exists()


def test_list_tells_days_and_what_a_source_covers(call: Call, full: Path) -> None:
    told = call("networks", "list", full)
    assert "2025-04-02 to 2025-04-11" in told.out
    assert "period          2025-01-01 to 2025-01-01, 1 days" in told.out
    said = json.loads(call("networks", "list", full, "--json").out)
    (source,) = said["sources"]
    assert (source["provenance"], source["format"], source["days_spoken_for"]) == ("a disk", "networks", 0)
    assert json.loads(call("networks", "list", full, "--quick", "--json").out)["period"] is None
    assert "CC BY 4.0" in call("networks", "list", "--default").out


def test_show_finds_rows(call: Call, full: Path) -> None:
    assert "as64500 Example" in call("networks", "show", full, "--at", "2025-04-02").out
    said = json.loads(call("networks", "show", full, "--org", "as64501", "--most", "1", "--json").out)
    assert (len(said["rows"]), said["more"]) == (1, 1)
    assert call("networks", "show", full, "--prefix", "x").status == 2


def test_diff_of_two_days(call: Call, full: Path) -> None:
    days = ("--source", "routing", "--from", "2025-04-02", "--to", "2025-04-11")
    told = call("networks", "diff", full, *days)
    assert "prefixes        1 added, 0 gone, 1 changed hands, 0 as before" in told.out
    assert "IPv4 addresses  256 named now, 0 named no more, 256 named otherwise, 0 as before" in told.out
    said = json.loads(call("networks", "diff", full, *days, "--json").out)
    assert [row["change"] for row in said["rows"]] == ["changed", "added"]
    assert call("networks", "diff", full).status == 2


def test_what_may_be_fetched_is_listed_with_its_licence(call: Call) -> None:
    assert "RouteViews" in call("networks", "fetch", "--list").out
    offers = json.loads(call("networks", "fetch", "--list", "--json").out)
    assert all(offer["licence"] for offer in offers)


@pytest.mark.parametrize(
    "arguments",
    [
        ("networks",),
        ("networks", "none"),
        ("networks", "import", "case"),
        ("networks", "import", "case", "own.csv", "--kind", "tor"),
        ("networks", "import", "case", "own.csv", "--format", "none"),
        ("networks", "import", "case", "own.csv", "--as-of", "soon"),
        ("networks", "list"),
        ("networks", "show", "case", "--default"),
        ("networks", "fetch"),
        ("networks", "fetch", "nothing", "--into", "."),
        ("networks", "fetch", "routeviews", "--into", "."),
    ],
)
def test_wrong_use_is_one_line(call: Call, full: Path, arguments: tuple[str, ...]) -> None:
    told = call(*arguments)
    assert told.status == 2
    assert told.err.count("\n") == 1
