# SPDX-License-Identifier: Apache-2.0
"""Sources with their days, against the days of the case."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.case.networks.importing import Asked, import_files
from swarmwitness.case.networks.listing import Wanted, against, list_sources, rows_wanted, valid_on
from swarmwitness.case.networks.period import Period
from swarmwitness.case.networks.reading import read_tables
from swarmwitness.terms import InputError

D = dt.date


@pytest.fixture
def full(case: Path, own: Path, vpn: Path, tmp_path: Path) -> Path:
    import_files(
        case,
        [own, vpn],
        Asked(source="exits", as_of=D(2025, 4, 2), kind="vpn", by="Ada"),
        out=tmp_path / "out",
    )
    return case


def test_each_source_has_its_days(full: Path) -> None:
    found = {one.source: one for one in list_sources(full, Period(D(2020, 1, 1), D(2020, 1, 10))).sources}
    assert list(found) == ["list", "registry", "routing", "exits"]
    routing = found["routing"]
    assert (routing.rows, routing.prefixes, routing.organisations) == (2, 2, 2)
    assert (routing.first, routing.last, routing.spoken, routing.behind) == (
        D(2020, 1, 1),
        D(2020, 1, 1),
        1,
        9,
    )
    assert (found["registry"].first, found["registry"].last) == (D(2020, 1, 1), None)
    assert (found["list"].undated, found["list"].spoken) == (1, 10)
    exits = found["exits"]
    assert (exits.spoken, exits.says, exits.kinds) == (0, ("kind",), ("vpn",))
    assert exits.made_of is not None
    assert exits.made_of.format == "list"


def test_rows_by_source_prefix_organisation_and_day(full: Path) -> None:
    rows = read_tables(full).networks

    def prefixes(wanted: Wanted) -> list[str]:
        return list(rows_wanted(rows, wanted).column("prefix").to_pylist())

    assert prefixes(Wanted(org_id="as64501")) == ["192.0.2.0/25"]
    assert prefixes(Wanted(source="registry", at=D(2030, 1, 1))) == ["2001:db8::/32"]
    assert prefixes(Wanted(source="routing", at=D(2020, 1, 2))) == []
    assert prefixes(Wanted(prefix="192.0.2.0/25")) == ["192.0.2.0/24", "192.0.2.0/25", "192.0.2.0/25"]
    assert prefixes(Wanted(prefix="198.51.0.0/16")) == ["198.51.100.0/24", "198.51.100.7/32"]
    assert prefixes(Wanted(prefix="2001:db8:1::/48")) == ["2001:db8::/32"]
    with pytest.raises(InputError, match="is no prefix"):
        prefixes(Wanted(prefix="192.0.2.1/24"))


def test_an_open_row_speaks_for_every_day(full: Path) -> None:
    rows = valid_on(read_tables(full).networks, D(1990, 1, 1))
    assert rows.column("source").to_pylist() == ["list"]


days = st.dates(D(2020, 1, 1), D(2020, 3, 1))


@given(st.lists(st.tuples(days, days).filter(lambda s: s[0] < s[1]), max_size=6), days, days)
def test_days_spoken_for_are_counted_once(
    spans: list[tuple[dt.date, dt.date]], a: dt.date, b: dt.date
) -> None:
    period = Period(min(a, b), max(a, b))
    each = [period.first + dt.timedelta(n) for n in range(period.days)]
    held = [any(start <= day < stop for start, stop in spans) for day in each]
    spoken, behind = against(sorted(spans), period)
    assert spoken == sum(held)
    assert behind == (held[::-1].index(True) if any(held) else period.days)
