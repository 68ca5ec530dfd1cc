# SPDX-License-Identifier: Apache-2.0
"""Rules as a table: what is enough, what is not, what rules a class out."""

from __future__ import annotations

import pytest

from swarmwitness.observation.classes.kinds import MAX_EVIDENCE, Kind
from swarmwitness.observation.classes.rules import RULES, VISITS, Rule, Signs
from swarmwitness.observation.classes.signs import Sign


def kinds(*shown: Sign) -> set[Kind]:
    signs = Signs()
    for number, sign in enumerate(shown):
        signs.add(sign, f"log:o/{number}")
    return {rule.kind for rule, _ in signs.judged()}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.kind}-{'-'.join(rule.needs)}")
def test_a_rule_holds_with_all_it_needs_and_with_nothing_less(rule: Rule) -> None:
    needed = [sign for sign, n in rule.needs.items() for _ in range(n)]
    assert rule.kind in kinds(*needed)
    for at in range(len(needed)):
        assert not rule.holds({s: needed[:at].count(s) + needed[at + 1 :].count(s) for s in needed})
    for sign in rule.never:
        assert not rule.holds({**rule.needs, sign: 1})


def test_nothing_shown_is_no_class() -> None:
    assert kinds() == set()
    assert kinds(Sign.SHOOK, Sign.CLAIMS, Sign.COMPLETE, Sign.OPENED, Sign.GAVE) == set()


def test_an_honest_seed_that_was_busy_once_is_in_no_class() -> None:
    once = (Sign.SHOOK, Sign.COMPLETE, Sign.KEPT_SHUT)
    assert kinds(*once) == set()
    assert kinds(*once * VISITS) == {Kind.MONITOR}
    assert kinds(*once * VISITS, Sign.OPENED) == set()


def test_a_peer_can_be_in_two_classes_each_with_its_exhibits() -> None:
    signs = Signs()
    signs.add(Sign.SPOILED, "log:o/1")
    signs.add(Sign.MISFIT, "log:o/2")
    assert [(rule.kind, refs) for rule, refs in signs.judged()] == [
        (Kind.HASH_FAILING, ("log:o/1",)),
        (Kind.MISNAMED, ("log:o/2",)),
    ]


def test_evidence_is_bounded_and_counts_are_not() -> None:
    signs = Signs()
    for number in range(100):
        signs.add(Sign.SPOILED, f"log:o/{number}")
    ((_, refs),) = signs.judged()
    assert len(refs) == MAX_EVIDENCE
    assert signs.counts[Sign.SPOILED] == 100
