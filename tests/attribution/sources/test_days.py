# SPDX-License-Identifier: Apache-2.0
"""A day in a name is believed where it is one, and the only one."""

from __future__ import annotations

import datetime as dt

import pytest

from swarmwitness.attribution.sources.days import day_in_name, day_of_digits

DAY = dt.date(2025, 4, 2)


@pytest.mark.parametrize(
    "name",
    [
        "routeviews-rv2-20250402-1200.pfx2as",
        "rib.20250402.0000",
        "roas-2025-04-02.csv",
        "20250402",
        "2025-04-02-x-20250402.json",
    ],
)
def test_a_name_that_states_one_day(name: str) -> None:
    assert day_in_name(name) == DAY


@pytest.mark.parametrize(
    "name",
    [
        "",
        "latest.csv",
        "20250432",
        "20251302",
        "20250402-to-20250403.csv",
        "120250402",
        "202504021200",
        "2025-0402",
        "30250402",
        "٢٠٢٥٠٤٠٢",
    ],
)
def test_a_name_that_states_none_or_several(name: str) -> None:
    assert day_in_name(name) is None


@pytest.mark.parametrize(
    ("digits", "day"), [("20250402", DAY), ("00000000", None), ("2025042", None), ("2025٠٤٠٢", None)]
)
def test_digits_of_a_day(digits: str, day: dt.date | None) -> None:
    assert day_of_digits(digits) == day
