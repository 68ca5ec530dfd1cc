# SPDX-License-Identifier: Apache-2.0
"""The case folder as a folder: same bytes for a seed, small, only nobody's addresses, a true list of dirt."""

from __future__ import annotations

import csv
import hashlib
import ipaddress
import tomllib
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from swarmwitness.lab.studio import Made, generate
from swarmwitness.lab.studio.plan import SEED
from swarmwitness.terms import InputError
from swarmwitness.terms.columns import COVERAGE, NETWORKS, SIGHTINGS, WORKS
from swarmwitness.wire.metainfo import Metainfo

# One process makes the case for all who read it.
pytestmark = pytest.mark.xdist_group("studio")

NOBODYS = [
    ipaddress.ip_network(text) for text in ("198.18.0.0/15", "203.0.113.0/24", "240.0.0.0/4", "2001:db8::/32")
]


def digests(folder: Path) -> dict[str, str]:
    """Every file below a folder with its SHA-256."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*")) if path.is_file()
    }  # fmt: skip


def lines_of(path: Path) -> list[dict[str, str]]:
    """A CSV file as dictionaries."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_same_seed_gives_the_same_bytes(studio: Made, tmp_path: Path) -> None:
    again = generate(tmp_path / "case", seed=SEED)
    assert digests(again.case_dir) == digests(studio.case_dir)
    assert digests(again.truth_dir) == digests(studio.truth_dir)


def test_folder_is_small(studio: Made) -> None:
    assert sum(path.stat().st_size for path in studio.case_dir.rglob("*")) < 25_000_000


def test_a_folder_that_holds_something_is_refused(studio: Made) -> None:
    with pytest.raises(InputError, match="not empty"):
        generate(studio.case_dir, seed=SEED)


def test_every_address_is_nobodys(studio: Made) -> None:
    told = {line["ip"] for line in lines_of(studio.truth_dir / "operators.csv")}
    assert len(told) > 5000
    strangers = {ip for ip in told if not any(ipaddress.ip_address(ip) in net for net in NOBODYS)}
    assert strangers == set()


def test_columns_are_those_of_the_interchange(studio: Made) -> None:
    known = {column.name for column in SIGHTINGS}
    for path in (studio.case_dir / "sightings").glob("*.parquet"):
        assert set(pq.read_schema(path).names) <= known
    head = (studio.case_dir / "sightings" / "monitor-2018.csv").open(encoding="latin-1").readline()
    assert set(head.strip().split(",")) <= known
    for name, columns in (
        ("works.csv", WORKS),
        ("networks/registry.csv", NETWORKS),
        ("coverage.csv", COVERAGE),
    ):
        first = (studio.case_dir / name).open(encoding="utf-8").readline().strip().split(",")
        assert first == [column.name for column in columns][: len(first)]
        assert {column.name for column in columns if column.required} <= set(first)


def test_rejected_lines_stand_where_the_truth_says(studio: Made) -> None:
    told = lines_of(studio.truth_dir / "rejected.csv")
    assert len(told) == studio.malformed
    texts = {
        name: (studio.case_dir / name).read_bytes().split(b"\n") for name in ("works.csv", "coverage.csv")
    }
    name = "sightings/monitor-2018.csv"
    texts[name] = (studio.case_dir / name).read_bytes().split(b"\n")
    marks = {
        "not UTF-8": b"\xff",
        "no such rung": b"",
        "a port above 65535": b"70000",
        "too many fields": b"surplus",
    }
    for line in told:
        if line["file"] in texts and line["wrong"] in marks:
            assert marks[line["wrong"]] in texts[line["file"]][int(line["line"]) - 1]


def test_typed_tables_hold_the_malformed_records_that_the_truth_names(studio: Made) -> None:
    for line in lines_of(studio.truth_dir / "rejected.csv"):
        if line["file"].endswith(".parquet") and line["wrong"] == "a port above 65535":
            table = pq.read_table(studio.case_dir / line["file"])
            assert table.column("port")[int(line["line"]) - 1].as_py() == 70_000


def test_torrent_files_are_readable_and_named_in_the_truth(studio: Made) -> None:
    told = {line["info_hash"]: line for line in lines_of(studio.truth_dir / "torrents.csv")}
    versions = []
    for path in sorted((studio.case_dir / "torrents").glob("*.torrent")):
        metainfo = Metainfo.from_wire(path.read_bytes())
        versions.append(metainfo.version)
        assert {hash_.to_text() for hash_ in metainfo.info_hashes} <= set(told)
    assert versions.count("hybrid") == 12
    assert versions.count("v1") == 6


def test_case_asks_for_the_sets_that_the_truth_counts(studio: Made) -> None:
    asked = tomllib.loads((studio.case_dir / "case.toml").read_text(encoding="utf-8"))
    assert asked["case"]["synthetic"] is True
    assert [anchor["name"] for anchor in asked["anchors"]] == ["corporate", "alleged"]
    assert [c["name"] for c in asked["candidates"]] == [
        *(f"hidden-{n}" for n in range(1, 7)),
        "hidden",
        "home",
    ]
    for entry in asked["anchors"] + asked["candidates"]:
        assert "addresses_file" not in entry or (studio.case_dir / entry["addresses_file"]).is_file()
