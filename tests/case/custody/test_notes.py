# SPDX-License-Identifier: Apache-2.0
"""Notes and exclusions are acts with a person and a reason."""

from __future__ import annotations

from typing import Any

import pytest

from swarmwitness.case.custody.acts import read_acts
from swarmwitness.case.custody.exclusions import exclusions
from swarmwitness.case.custody.notes import MAX_NOTE, exclude, include, note
from swarmwitness.case.custody.scope import Scope
from swarmwitness.terms import InputError

W1 = Scope(works=("w1",))


def test_a_note_is_told_with_pseudonyms(observed: Any) -> None:
    noted = note(observed.root, "192.0.2.1 is the vendor's own\tmachine", by="Ada")
    (row,) = [row for row in read_acts(observed.root) if row.act == "note"]
    assert (row.reference, row.who) == (noted.reference, "Ada")
    assert row.on == {"text": noted.about}
    assert noted.about.startswith("addr-")
    assert noted.to_json()["index"] == row.index


@pytest.mark.parametrize("text", ["", " \n", "x" * (MAX_NOTE + 1)])
def test_a_note_says_something(observed: Any, text: str) -> None:
    with pytest.raises(InputError, match="a note has"):
        note(observed.root, text)


def test_an_exclusion_can_be_taken_back(observed: Any) -> None:
    first, second = exclude(observed.root, W1, why="wrong clock"), exclude(observed.root, W1, why="twice")
    assert [each.index for each in exclusions(observed.root)] == [first.index, second.index]
    include(observed.root, first.index, why="the clock was right")
    assert [each.why for each in exclusions(observed.root)] == ["twice"]
    with pytest.raises(InputError, match=f"there are: {second.index}"):
        include(observed.root, first.index, why="again")


@pytest.mark.parametrize("slip", [Scope(works=("w-none",)), Scope(sets=("nobody",))])
def test_what_no_run_could_apply_is_refused(observed: Any, slip: Scope) -> None:
    """Once recorded, it would stop every later run."""
    before = exclude(observed.root, W1, why="wrong clock").index
    with pytest.raises(InputError, match=r"w-none|nobody"):
        exclude(observed.root, slip, why="a slip")
    assert [each.index for each in exclusions(observed.root)] == [before]


def test_reasons_and_sense_are_asked_for(observed: Any) -> None:
    with pytest.raises(InputError, match="reason"):
        exclude(observed.root, W1, why="")
    with pytest.raises(InputError, match="name what is left out"):
        exclude(observed.root, Scope(), why="all of it")
    with pytest.raises(InputError, match="reason"):
        include(observed.root, 3, why="")
