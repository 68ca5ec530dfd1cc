# SPDX-License-Identifier: Apache-2.0
"""Every class says what it takes, what looks just like it, and what it takes away."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmwitness.observation.classes import MEANINGS, RULES, Kind

OF_NO_PEER = {
    Kind.INJECTING_TRACKER, Kind.DHT_POLLUTER, Kind.MIXED_SOURCES, Kind.SHARED_ADDRESS, Kind.REASSIGNED,
    Kind.TWO_FAMILIES, Kind.TWO_NAMES, Kind.FAKE_CONTENT,
}  # fmt: skip


@pytest.mark.parametrize("kind", list(Kind))
def test_every_class_has_a_meaning(kind: Kind) -> None:
    meaning = MEANINGS[kind]
    assert all((meaning.takes, meaning.confused_with, meaning.lowers))


def test_every_class_of_peers_has_a_rule() -> None:
    assert {rule.kind for rule in RULES} == set(Kind) - OF_NO_PEER


@pytest.mark.parametrize("kind", list(Kind))
def test_the_methods_page_says_the_same(kind: Kind) -> None:
    page = (Path(__file__).parents[3] / "docs" / "method" / "19-classes.md").read_text(encoding="utf-8")
    meaning = MEANINGS[kind]
    row = f"| `{kind.value}` | {meaning.takes} | {meaning.confused_with} | {meaning.lowers} |"
    assert row in page
