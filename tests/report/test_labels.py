# SPDX-License-Identifier: Apache-2.0
"""The words for figures: no key twice, a place for what a star stands for, no jargon of our keys."""

from __future__ import annotations

from swarmwitness.observation.classes.kinds import Kind
from swarmwitness.report import labels

TABLES = (labels.LIVE, labels.HELD, labels.GIVEN, labels.HOLDERS, labels.MISSED, labels.CONTROLS)
UNITS = {"count", "bytes", "seconds", "share", "at_most", "estimate", "text"}


def test_each_key_has_one_line_and_a_known_unit() -> None:
    named = [label for table in TABLES for group in table for label in group.labels]
    assert len({label.key for label in named}) == len(named)
    assert {label.unit for label in named} <= UNITS
    assert all(label.key.endswith("*") == ("{}" in label.words) for label in named)
    assert not [label.words for label in named if "_" in label.words]


def test_bytes_are_told_as_bytes() -> None:
    named = [label for table in TABLES for group in table for label in group.labels]
    assert all(label.unit == "bytes" for label in named if "bytes" in label.key)


def test_every_class_of_peers_has_words() -> None:
    assert {kind.value for kind in Kind} <= labels.WORDS.keys()
