# SPDX-License-Identifier: Apache-2.0
"""What the report tells of question 7: equal to a count by hand, and to the page on the method."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from swarmwitness.case.inputs import take_inputs
from swarmwitness.case.results.counting import count_case
from swarmwitness.case.results.holding import RULE, RULE_ERROR, holders_of, snapshots_in_words
from swarmwitness.relations import engine_of
from swarmwitness.relations.leases import METHOD_VERSION
from swarmwitness.report.holders import Holders

METHOD = Path(__file__).parents[3] / "docs" / "method" / "07-leases.md"
HEADER = "prefix,org_id,org_name,asn,kind,valid_from,valid_to,as_of,source"


def told(case: Path, work: Path) -> Holders:
    work.mkdir()
    inputs = take_inputs(case, work, 1)
    return holders_of(count_case(engine_of("duckdb"), inputs, work), inputs.networks.rows)


def test_the_small_case_by_hand(small_case: Path, tmp_path: Path) -> None:
    found = told(small_case, tmp_path / "w")
    assert found.agreements == {"split": 1, "unanimous": 5}
    assert found.addresses == {"split": 1, "unanimous": 4}
    assert found.days == {"split": 1, "unanimous": 7}
    assert found.seen == "2025-01-02 to 2025-02-03"
    registry, routing = found.sources
    assert (registry.name, registry.says, registry.prefixes) == ("registry", "organisation", 3)
    assert registry.snapshots == "2025-01-01, 2025-02-01"
    assert (registry.spoken, registry.days, registry.behind) == (33, 33, 0)
    assert registry.on_edges == (3, 3)
    assert (routing.name, routing.prefixes, routing.snapshots) == ("routing", 1, "2025-01-01")
    assert {row.kind: row.leases for row in found.kinds} == {
        "corporate": 2, "datacentre": 2, "residential": 1, "unknown": 1,
    }  # fmt: skip
    errors = {row.kind: row.error for row in found.kinds}
    assert errors["residential"].startswith("unmeasured: ")
    assert errors["datacentre"].startswith("of 1,807 ranges")
    assert found.blocks == []


def test_an_ended_snapshot_speaks_for_its_day_alone(small_case: Path, tmp_path: Path) -> None:
    (small_case / "networks" / "all.csv").write_text(
        f"{HEADER}\n198.18.1.0/24,cloud,A Cloud,64497,datacentre,2025-01-02,2025-01-03,2025-01-02,snapshot\n"
    )
    found = told(small_case, tmp_path / "w")
    (source,) = found.sources
    assert (source.speaks, source.spoken, source.behind) == ("2025-01-02", 1, 32)
    assert (found.addresses["stale"], found.days["stale"], found.agreements["stale"]) == (2, 2, 2)


def test_rows_without_a_day_are_counted(small_case: Path, tmp_path: Path) -> None:
    dated = "198.18.1.0/24,cloud,A Cloud,64497,datacentre,2025-01-09,,2025-01-09"
    (small_case / "networks" / "all.csv").write_text(
        f"{HEADER}\n{dated},some\n{dated},begun\n198.18.2.0/24,isp,An ISP,64498,residential,,,,some\n"
    )
    begun, some = told(small_case, tmp_path / "w").sources
    assert (begun.speaks, begun.on_edges, begun.spoken) == ("from 2025-01-09 on", (0, 1), 26)
    assert some.speaks == "always; 1 of 2 rows state neither beginning nor end"
    assert (some.on_edges, some.spoken, some.snapshots) == ((1, 2), 33, "2025-01-09")


def test_ipv6_is_told_at_every_prefix(small_case: Path, tmp_path: Path) -> None:
    with (small_case / "sightings" / "vendor.csv").open("a") as vendor:
        for net in (0, 1):
            vendor.write(f"2025-01-09T16:00:00Z,2001:db8:0:{net}::9,51413,{'01' * 20},2,outbound,,,v\n")
    found = told(small_case, tmp_path / "w")
    assert [(row.block, row.n_leases) for row in found.blocks] == [(48, 1), (56, 1), (64, 2), (128, 2)]


def test_a_case_without_sightings_or_networks_is_no_crash(small_case: Path, tmp_path: Path) -> None:
    (small_case / "sightings" / "vendor.csv").unlink()
    (small_case / "networks" / "all.csv").unlink()
    found = told(small_case, tmp_path / "w")
    assert (found.agreements, found.seen, found.sources, found.kinds) == ({}, "", [], [])


def test_many_sources_are_cut_and_it_is_said(small_case: Path, tmp_path: Path) -> None:
    rows = [f"198.18.1.0/24,o,O,1,vpn,,,,s{n:03d}" for n in range(45)]
    (small_case / "networks" / "all.csv").write_text("\n".join([HEADER, *rows, ""]))
    found = told(small_case, tmp_path / "w")
    assert (len(found.sources), found.sources_left_out) == (40, 5)
    assert found.sources[0].speaks == "always: no row states a beginning or an end"


def test_days_of_snapshots_are_few_or_counted() -> None:
    days = [dt.date(2025, 1, day) for day in range(1, 6)]
    assert snapshots_in_words(days[:2]) == "2025-01-01, 2025-01-02"
    assert snapshots_in_words(days) == "5 days, 2025-01-01 to 2025-01-05"
    assert snapshots_in_words([]) == "no day stated"


def test_the_error_of_leases_is_that_of_the_method_page_and_of_the_rule_in_force() -> None:
    page = METHOD.read_text(encoding="utf-8")
    assert f"**Rule v{METHOD_VERSION}**" in page
    (every, *_) = re.findall(r"^\| all \| 260 .*$", page, re.MULTILINE)
    for figure in ("4.47%", "3.21%-5.89%", "61.5%", "1.99%"):
        assert figure in every
        for part in figure.rstrip("%").split("%-"):
            assert part in RULE_ERROR
    nat, vpn, seldom = (
        next(line for line in page.splitlines() if line.startswith(f"| {name} |"))
        for name in ("carrier NAT", "VPN exits", "static, seldom seen")
    )
    assert "23.98%" in nat
    assert "19.31%" in vpn
    assert "29.62%" in seldom
    assert all(word in RULE for word in ("24\u202f%", "19\u202f%", "30\u202f%", "07-leases.md"))
