# SPDX-License-Identifier: Apache-2.0
"""The rows of the demonstration hold, and fail where the tables would name somebody else."""

from __future__ import annotations

import datetime as dt

import pytest

from swarmwitness.lab import whoheld
from swarmwitness.lab.whoheld import ADDRESS, DAY, OWNER, compare_who, contradicted


def test_every_row_holds() -> None:
    rows = compare_who()
    assert [row.claim for row in rows if not row.ok] == []
    assert [row.found for row in rows] == [
        "meta, unanimous", "nobody named, unknown", "nobody named, split", "nobody named, unknown",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"), [("OWNER", "nobody-known"), ("BEFORE", DAY), ("PRIVATE", ADDRESS)]
)
def test_a_row_fails_where_the_answer_is_another(
    monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    monkeypatch.setattr(whoheld, name, value)
    assert sum(not row.ok for row in compare_who()) == 1


def test_the_contradiction_is_of_two_sources_that_speak_for_the_day() -> None:
    found = contradicted(ADDRESS, DAY)
    named = {answer.org_id for answer in found.answers if answer.voice and not answer.stale}
    assert named == {OWNER, whoheld.ANOTHER}
    assert (found.org_id, found.org_name) == ("", "")


def test_who_did_not_hold_it_then_is_not_contradicted() -> None:
    found = contradicted(ADDRESS, dt.date(2020, 1, 1))
    assert (found.agreement, found.answers) == ("unknown", ())
