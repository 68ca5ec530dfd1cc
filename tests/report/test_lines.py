# SPDX-License-Identifier: Apache-2.0
"""Figures under words, in order, none dropped."""

from __future__ import annotations

import pytest

from swarmwitness.report.labels import Group, Label
from swarmwitness.report.lines import OTHERS, blocks_of, shown

GROUPS = (
    Group(
        "First",
        (
            Label("b", "Second letter", "bytes"),
            Label("a", "First letter", part=True),
            Label("ended_*", "ended: {}"),
            Label("of_*", "of the set {}", named=True),
        ),
    ),
    Group("None of it", (Label("z", "Last letter"),)),
)


def test_the_labels_give_words_order_and_unit() -> None:
    figures = {"a": 1, "of_my_set": 4, "ended_no_such_end": 2, "ended_eof": 3, "b": 1_695_904, "told": 9}
    (block,) = blocks_of(figures, GROUPS, {"told"})
    assert block.title == "First"
    assert [(line.words, line.value) for line in block.lines] == [
        ("Second letter", "1,695,904\u00a0bytes"),
        ("First letter", "1"),
        ("ended: no such end", "2"),
        ("ended: by the peer", "3"),
        ("of the set my_set", "4"),
    ]
    assert [line.part for line in block.lines] == [False, True, False, False, False]


def test_a_figure_that_no_label_knows_is_still_printed() -> None:
    blocks = blocks_of({"of_the_future": None, "new_figure": 0.25, "a": 1}, (GROUPS[1],), set())
    assert [block.title for block in blocks] == [OTHERS]
    assert [(line.words, line.value) for line in blocks[0].lines] == [
        ("of the future", "—"),
        ("new figure", "0.25"),
        ("a", "1"),
    ]
    assert blocks_of({}, GROUPS, set()) == []


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1, "bytes", "1\u00a0byte"), (0, "bytes", "0\u00a0bytes"), (0.005, "seconds", "0.005\u202fs"),
        (0.026162576, "at_most", "2.62\u202f%"), (0.5, "share", "50\u202f%"), (41.2857, "estimate", "41.3"),
        ("no_data: one source", "text", "one source"), ("odd", "bytes", "odd"), (None, "share", "—"),
        (True, "count", "yes"),
    ],
)  # fmt: skip
def test_a_value_has_its_unit(value: object, unit: str, text: str) -> None:
    assert shown(value, unit) == text
