# SPDX-License-Identifier: Apache-2.0
"""Holds: what is frozen, by which act, until when."""

from __future__ import annotations

from typing import Any

import pytest

from swarmwitness.case import home
from swarmwitness.case.config import read_config
from swarmwitness.case.custody.acts import CaseActs, open_log, read_acts
from swarmwitness.case.custody.holding import frozen, hold, holds_in_force, refuse_held, release, together
from swarmwitness.case.custody.scope import Scope
from swarmwitness.case.folder import CaseFolder
from swarmwitness.evidence import verify
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.terms import InputError

W1 = Scope(works=("w1",))


def test_a_hold_is_an_act_that_names_whole_connections(observed: Any) -> None:
    laid = hold(observed.root, W1, why="litigation", by="Ada")
    (row,) = [row for row in read_acts(observed.root) if row.act == "hold"]
    assert (row.who, row.why, row.log, row.index) == ("Ada", "litigation", "custody", laid.act)
    assert laid.hold == f"hold-{row.index}"
    spans = observed.text("tracker", "dead", "seed", "leecher")
    size = observed.of["none"][-1] + 2
    assert row.on == {
        "hold": laid.hold,
        "scope": 'work in ("w1")',
        "logs": {observed.origin: {"size": size, "ranges": spans}},
    }
    assert laid.exhibits == {"evidence": len(Ranges.from_text(spans))}
    assert verify(observed.root / "custody").ok


def test_a_release_ends_it_and_only_once(observed: Any) -> None:
    laid = hold(observed.root, W1, why="litigation")
    folder = CaseFolder(observed.root)
    assert [each.id for each in holds_in_force(folder)] == [laid.hold]
    release(observed.root, laid.hold, why="settled")
    assert holds_in_force(folder) == ()
    with pytest.raises(InputError, match="there are: none"):
        release(observed.root, laid.hold, why="again")


def test_a_scope_freezes_what_comes_later_too(observed: Any, converse_on: Any) -> None:
    laid = hold(observed.root, W1, why="litigation")
    with open_log(observed.root / "evidence", observed.origin) as log:
        more = converse_on(log)
    home.keep_checkpoint(observed.origin, observed.root / "evidence")
    config = read_config(observed.root)
    held = frozen(CaseFolder(observed.root), config, observed.origin)
    assert list(held) == [laid.hold]
    assert more["seed"][0] in held[laid.hold]
    with pytest.raises(InputError, match=rf"held by {laid.hold} \(1 exhibits\)"):
        refuse_held(held, Ranges.of([more["seed"][0]]))
    refuse_held(held, Ranges.of([0]))


def test_what_a_hold_means_must_be_told(observed: Any) -> None:
    hold(observed.root, Scope(sets=("corporate",)), why="litigation")
    file = observed.root / "case.toml"
    file.write_text(file.read_text().replace('name = "corporate"', 'name = "renamed"'))
    with pytest.raises(InputError, match="can't be told"):
        frozen(CaseFolder(observed.root), read_config(observed.root), observed.origin)


def test_an_act_that_claims_to_be_a_hold_is_not_passed_over(observed: Any) -> None:
    with CaseActs(observed.root, "test") as acts:
        acts.record(
            "hold", on={"hold": "h", "scope": "everything", "logs": {"x": {"size": -1, "ranges": ""}}}
        )
    with pytest.raises(InputError, match="can't be read"):
        holds_in_force(CaseFolder(observed.root))


def test_a_hold_needs_a_reason(observed: Any) -> None:
    with pytest.raises(InputError, match="reason"):
        hold(observed.root, W1, why=" ")
    with pytest.raises(InputError, match="reason"):
        release(observed.root, "hold-1", why="")


def test_the_union(observed: Any) -> None:
    assert together([Ranges.of([1, 2]), Ranges.of([3])]).to_text() == "1-3"
    assert not together([])


def test_bytes_that_are_no_text_do_not_spoil_the_log(observed: Any) -> None:
    """An argument of the command line can hold them; an act can't be taken back."""
    laid = hold(observed.root, Scope(), why="order \udcff\udc80", by="Ada")
    assert verify(observed.root / "custody").ok
    (found,) = holds_in_force(CaseFolder.at(observed.root))
    assert found.id == laid.hold
    assert [act.why for act in read_acts(observed.root) if act.act == "hold"] == [r"order \udcff\udc80"]


def test_a_reason_has_an_end(observed: Any) -> None:
    with pytest.raises(InputError, match="at most"):
        hold(observed.root, Scope(), why="x" * 20_000, by="Ada")
