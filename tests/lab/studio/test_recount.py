# SPDX-License-Identifier: Apache-2.0
"""The published figures come out of the raw files, by plain SQL that shares nothing with the generator."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from swarmwitness.lab.studio import Made, generate
from swarmwitness.lab.studio.plan import (
    CORPORATE_ADDRESSES,
    CORPORATE_WORKS,
    HOME_ADDRESS,
    HOME_WORKS,
    REGISTERED_WORKS,
    SEED,
)

# One process makes the case for all who read it.
pytestmark = pytest.mark.xdist_group("studio")

# Reads as text what can be read at all, and keeps what is a sighting by the interchange's rules.
ROWS = """
create table said as
  select observed_at, ip, port, info_hash, rung, source, peer_id, progress, collector
  from read_csv('{folder}/sightings/*.csv', all_varchar = true, ignore_errors = true, header = true,
                -- said outright: guessed from a sample without quotes, a quoted line break ends the record
                quote = '"', escape = '"', parallel = false)
  union all by name
  select observed_at::varchar observed_at, ip, port::varchar port, info_hash, rung::varchar rung, source,
         peer_id, progress::varchar progress, collector
  from read_parquet('{folder}/sightings/*.parquet');
create table words as select * from (values ('listed', 0), ('reachable', 1), ('handshaken', 2),
  ('claimed', 3), ('progressed', 4), ('block', 6), ('piece', 7)) v(word, number);
create table good as
  select try_cast(observed_at as timestamptz) moment, replace(ip, '::ffff:', '') ip, port, info_hash,
         coalesce(words.number, try_cast(rung as int), case when coalesce(rung, '') = '' then 0 end) rung,
         source, collector, coalesce(peer_id, '') peer_id
  from said left join words on lower(rung) = word
  where regexp_matches(info_hash, '^([0-9a-f]{{40}}|[0-9a-f]{{64}})$')
    and regexp_matches(observed_at, '(Z|[+-][0-9]{{2}}(:[0-9]{{2}})?)$')
    and coalesce(try_cast(port as int), 1) between 1 and 65535
    and (coalesce(progress, '') = '' or try_cast(progress as double) between 0 and 1)
    and (regexp_matches(replace(ip, '::ffff:', ''), '^(([01]?[0-9]{{1,2}}|2[0-4][0-9]|25[0-5])(\\.|$)){{4}}$')
         or regexp_matches(ip, '^2001:db8:[0-9a-f:]+$'));
create table rows as select distinct * from good where moment is not null and rung <= 11;
create table named as select * from read_csv('{truth}/torrents.csv', all_varchar = true, header = true);
create table seen as
  select rows.*, coalesce(named.work_id, rows.info_hash) work_id, named.registered = 'true' registered,
         named.info_hash is not null and named.work_id is null bundle
  from rows left join named using (info_hash);
"""
COUNT = """
select count(distinct work_id), count(distinct (work_id, ip)), count(distinct ip), count(*)
from seen where registered and rung >= ? and {members}
"""
CORPORATE = (
    "((ip like '203.0.113.%' and split_part(ip, '.', 4)::int < 128) "
    "or (ip like '198.18.128.%' and split_part(ip, '.', 4)::int < 64 and moment >= '2020-01-01T00:00:00Z'))"
)


def recount(folder: Path) -> duckdb.DuckDBPyConnection:
    """Load a case folder and the truth's spellings of info_hashes."""
    base = duckdb.connect()
    base.execute("set timezone = 'UTC'")
    truth = folder.with_name(folder.name + ".truth")
    base.execute(ROWS.format(folder=folder, truth=truth))
    base.execute(
        "create table listed as select parse_filename(filename, true) as set_name, ip from "
        f"read_csv('{folder}/sets/*.txt', header = false, filename = true, columns = {{'ip': 'varchar'}})"
    )
    return base


def members(name: str) -> str:
    """The SQL condition of a set."""
    if name == "corporate":
        return CORPORATE
    if name == "home":
        return f"ip = '{HOME_ADDRESS}'"
    if name == "everyone":
        return "true"
    return f"ip in (select ip from listed where set_name = '{name}')"


@dataclass(frozen=True)
class World:
    """A case folder, its rows in SQL, and the counts of its truth."""

    folder: Path
    base: duckdb.DuckDBPyConnection
    truth: list[dict[str, Any]]


_MORE = [pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2, 3)]


@pytest.fixture(scope="module", params=[SEED, *_MORE])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The case of each of four seeds."""
    if request.param == SEED:
        made: Made = request.getfixturevalue("studio")
    else:
        made = generate(tmp_path_factory.mktemp("studio") / "case", seed=request.param)
    truth = json.loads((made.truth_dir / "counts.json").read_text())["counts"]
    return World(made.case_dir, recount(made.case_dir), truth)


def test_published_figures_come_out_of_the_rows_for_every_seed(world: World) -> None:
    base = world.base
    works, downloads, addresses, sightings = _counted(base, "alleged", 0)
    assert works == REGISTERED_WORKS
    assert downloads > 6000
    assert 2400 < addresses < 2700
    assert sightings > 100_000
    assert _counted(base, "corporate", 0)[0] == CORPORATE_WORKS
    assert _counted(base, "corporate", 0)[2] == CORPORATE_ADDRESSES
    assert _counted(base, "home", 0)[0] == HOME_WORKS
    assert base.execute("select min(year(moment)), max(year(moment)) from rows").fetchone() == (2018, 2025)


def test_truth_is_what_plain_sql_counts(world: World) -> None:
    base = world.base
    for line in world.truth:
        # Which works of a bundle a bitfield names is not plain SQL: test_bundles has that.
        if line["scope"] == "case" and line["set"] in ("corporate", "home"):
            told = tuple(line[unit] for unit in ("works", "downloads", "addresses", "sightings"))
            assert _counted(base, line["set"], line["rung_min"]) == told, line


def test_sets_are_near_their_truth_where_bundles_add_to_it(world: World) -> None:
    base = world.base
    for line in world.truth:
        if line["scope"] == "case" and line["rung_min"] == 0:
            more = line["sightings"] - _counted(base, line["set"], 0)[3]
            assert 0 <= more <= 6 * 36


def test_all_scope_is_what_plain_sql_counts(world: World) -> None:
    """Distinct addresses and sightings of scope `all` need no knowledge of works."""
    base = world.base
    for line in world.truth:
        if line["scope"] == "all":
            found = base.execute(
                f"select count(distinct ip), count(*) from seen where rung >= ? and {members(line['set'])}",
                [line["rung_min"]],
            ).fetchone()
            assert found == (line["addresses"], line["sightings"]), line


def test_attributing_as_of_today_counts_too_much(world: World) -> None:
    """The block that changed its owner is a trap, and so is counting whole bundles."""
    base = world.base
    today = CORPORATE.replace(" and moment >= '2020-01-01T00:00:00Z'", "")
    found = base.execute(COUNT.format(members=today), [0]).fetchone()
    assert found is not None
    assert found[2] > CORPORATE_ADDRESSES
    assert base.execute(f"select count(*) from seen where bundle and {CORPORATE}").fetchone() > (0,)


def _counted(base: duckdb.DuckDBPyConnection, name: str, rung: int) -> tuple[int, ...]:
    found = base.execute(COUNT.format(members=members(name)), [rung]).fetchone()
    assert found is not None
    return tuple(found)
