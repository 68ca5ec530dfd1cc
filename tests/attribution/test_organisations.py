# SPDX-License-Identifier: Apache-2.0
"""Dated ties: followed where they are plain, and never round in a circle."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from swarmwitness.attribution.organisations import LONGEST, Ties
from swarmwitness.intake import take_table

DAY = dt.date(2024, 6, 1)


def ties(tmp_path: Path, *lines: str) -> Ties:
    path = tmp_path / "organisations.csv"
    path.write_text(
        "member_id,org_id,org_name,valid_from,valid_to\n" + "".join(f"{line}\n" for line in lines)
    )
    table, rejected, _ = take_table("organisations", [path], root=tmp_path)
    assert rejected.num_rows == 0
    return Ties.of(table)


def test_links_are_followed_as_of_the_day(tmp_path: Path) -> None:
    made = ties(
        tmp_path, "as64500,old,Old Ltd,,2024-06-01", "as64500,new,New Ltd,2024-06-01,", "new,top,Top,,"
    )
    assert made.roll_up("as64500", DAY).org_id == "top"
    assert made.roll_up("as64500", DAY - dt.timedelta(1)).org_name == "Old Ltd"
    assert made.roll_up("as64501", DAY).org_id == "as64501"
    assert made.changes("as64500") == (DAY,)


def test_two_parents_and_circles_are_not_followed_and_said(tmp_path: Path) -> None:
    made = ties(tmp_path, "a,b,,,", "a,c,,,", "x,y,,,", "y,z,,,", "z,y,,,", "m,m,,,")
    assert (made.roll_up("a", DAY).org_id, made.roll_up("a", DAY).why_not) == ("a", "a belongs to b and c")
    assert made.roll_up("x", DAY).org_id == "y"
    assert "itself" in made.roll_up("z", DAY).why_not
    assert made.roll_up("m", DAY).why_not == ""


def test_a_chain_is_bounded(tmp_path: Path) -> None:
    made = ties(tmp_path, *(f"o{n},o{n + 1},,," for n in range(LONGEST + 3)))
    assert made.roll_up("o4", DAY).org_id == f"o{LONGEST + 3}"
    assert made.roll_up("o0", DAY).org_id == "o0"
    assert str(LONGEST) in made.roll_up("o0", DAY).why_not
