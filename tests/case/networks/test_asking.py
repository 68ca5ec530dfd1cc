# SPDX-License-Identifier: Apache-2.0
"""What people ask of the tables."""

import datetime as dt
from pathlib import Path

import pytest

from swarmwitness.case.networks import asking
from swarmwitness.terms import InputError


def test_two_tables_or_two_days_are_compared(case: Path, own: Path) -> None:
    (case / "networks" / own.name).write_bytes(own.read_bytes())
    (case / "networks" / "later.csv").write_text("prefix,org_id\n192.0.2.0/24,as64509\n")
    found = asking.compared(case, ("own.csv", "networks/later.csv"), "", ("", ""))
    assert found.difference.count("changed") == 1
    assert any("1 changed hands" in line for line in found.lines())
    assert len(list(found.cells(2))) == 2
    days = asking.compared(case, ("", ""), "routing", ("2020-01-01", "2020-01-02"))
    assert days.difference.count("gone") == 2


@pytest.mark.parametrize(
    ("tables", "source", "days"),
    [
        (("own.csv", ""), "", ("", "")),
        (("", ""), "routing", ("2020-01-01", "")),
        (("own.csv", "own.csv"), "routing", ("2020-01-01", "2020-01-02")),
        (("own.csv", "none.csv"), "", ("", "")),
        (("", ""), "nobody", ("2020-01-01", "2020-01-02")),
        (("", ""), "routing", ("2020-01-01", "tomorrow")),
    ],
)
def test_what_can_not_be_compared(
    case: Path, own: Path, tables: tuple[str, str], source: str, days: tuple[str, str]
) -> None:
    (case / "networks" / own.name).write_bytes(own.read_bytes())
    with pytest.raises(InputError):
        asking.compared(case, tables, source, days)


def test_what_ships_is_listed_with_its_attribution() -> None:
    found = asking.listed(None, quick=True)
    assert {"ip-location-db-asn", "ipranges-amazon"} <= {one.source for one in found.sources}
    assert any("CC BY 4.0" in warning for warning in found.warnings)
    assert len(list(asking.list_rows(found))) == len(found.sources)


def test_days_are_told_for_people() -> None:
    first, last = dt.date(2020, 1, 1), dt.date(2020, 1, 2)
    assert asking.days_told(first, first) == "2020-01-01"
    assert asking.days_told(first, last) == "2020-01-01 to 2020-01-02"
    assert asking.days_told(first, None) == "2020-01-01 to open"
    assert asking.days_told(None, None) == "always, it says"


def test_words_of_people_are_checked() -> None:
    assert asking.day("", "--at") is None
    assert asking.kind("vpn") == "vpn"
    with pytest.raises(InputError, match="--kind"):
        asking.kind("tor")
