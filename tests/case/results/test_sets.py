# SPDX-License-Identifier: Apache-2.0
"""Sets as members: an organisation holds an address on the days on which the sources agree that it did."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from swarmwitness.case.config import AddressSet, CaseConfig, ObserveConfig, TimeConfig
from swarmwitness.case.results.sets import held_in, members_of
from swarmwitness.relations import engine_of
from swarmwitness.relations.answers import RUNS, Held, held_by

DAY = dt.date(2025, 1, 1)


def config(*sets: AddressSet) -> CaseConfig:
    return CaseConfig(
        name="c", seed=0, synthetic=True, authority=None, anchors=sets, candidates=(), dates=(),
        random_anchor_sets=0, observe=ObserveConfig(), mask_sensitive=True, pseudonym_key="",
        encrypt=False, retain_days=None, time=TimeConfig(),
        intake={}, raw=b"",
    )  # fmt: skip


def attributed(*rows: tuple[str, int, str, str]) -> pa.Table:
    return pa.table(
        {
            "ip": [r[0] for r in rows],
            "day": pa.array([DAY + dt.timedelta(days=r[1]) for r in rows], pa.date32()),
            "org_id": [r[2] for r in rows],
            "org_kind": ["unknown"] * len(rows),
            "org_agreement": [r[3] for r in rows],
        }
    )


ANSWERS = attributed(
    ("192.0.2.1", 0, "company", "unanimous"),
    ("192.0.2.1", 1, "company", "unanimous"),
    ("192.0.2.1", 2, "other", "unanimous"),
    ("192.0.2.1", 5, "company", "unanimous"),
    ("192.0.2.2", 0, "company", "stale"),
    ("192.0.2.3", 0, "", "split"),
)


def spans(table: pa.Table) -> list[tuple[str, int, int]]:
    midnight = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    return [
        (r["ip"], (r["valid_from"] - midnight).days, (r["valid_to"] - midnight).days)
        for r in table.to_pylist()
    ]


def test_an_organisation_holds_an_address_in_runs_of_days() -> None:
    members = members_of(config(AddressSet("s", "company", (), "registry")), held_in(ANSWERS))
    assert spans(members.table) == [("192.0.2.1", 0, 2), ("192.0.2.1", 5, 6)]
    assert any("stale" in warning for warning in members.warnings)


def test_days_of_validity_are_half_open() -> None:
    wanted = AddressSet(
        "s", "company", (), "registry", valid_from=DAY + dt.timedelta(1), valid_to=DAY + dt.timedelta(5)
    )
    assert spans(members_of(config(wanted), held_in(ANSWERS)).table) == [("192.0.2.1", 1, 2)]


def test_a_list_needs_no_attribution() -> None:
    listed = AddressSet("s", "", ("192.0.2.9",), "list")
    (row,) = members_of(config(listed), held_in(ANSWERS)).table.to_pylist()
    assert row == {"set": "s", "ip": "192.0.2.9", "valid_from": None, "valid_to": None}


def test_an_organisation_that_nobody_knows_is_a_warning() -> None:
    members = members_of(config(AddressSet("s", "nobody", (), "registry")), held_in(ANSWERS))
    assert members.table.num_rows == 0
    assert any("'nobody'" in warning for warning in members.warnings)


def test_what_sources_dispute_is_said_to_be_split() -> None:
    asked = config(AddressSet("s", "company", (), "registry"))
    disputed = Held(RUNS.empty_table(), {"split": 1}, named=False)
    (warning,) = members_of(asked, lambda _: disputed).warnings
    assert "1 addresses are split" in warning


def test_the_engines_answers_make_the_same_members(tmp_path: Path) -> None:
    pq.write_table(ANSWERS, tmp_path / "a.parquet")
    asked = config(
        AddressSet("s", "company", (), "registry"),
        AddressSet("t", "company", (), "registry", valid_from=DAY + dt.timedelta(1)),
        AddressSet("n", "nobody", (), "registry"),
    )
    with closing(engine_of("duckdb")) as engine:
        found = members_of(
            asked, lambda s: held_by(engine, tmp_path / "a.parquet", s.org_id, s.valid_from, s.valid_to)
        )
    assert found == members_of(asked, held_in(ANSWERS))
