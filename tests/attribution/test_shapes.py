# SPDX-License-Identifier: Apache-2.0
"""The verdicts of a shape, in its own numbers."""

from __future__ import annotations

from swarmwitness.attribution.shapes import (
    ALWAYS,
    KIND,
    MUTE,
    NOBODY,
    ORGANISATION,
    Reign,
    ShapeRow,
    reigns_of,
)

KINDS = ["unknown", "vpn", "datacentre"]


def row(
    org: int, begin: int, end: int, *, says: int = ORGANISATION, source: int = 0, kind: int = 0
) -> ShapeRow:
    return ShapeRow(says, kind, source, 0, org, begin, end)


def test_a_row_is_valid_and_then_stale() -> None:
    assert reigns_of([row(5, 0, 1)], KINDS) == [
        Reign(0, 1, 5, "unknown", "unanimous"),
        Reign(1, ALWAYS, 5, "unknown", "stale"),
    ]


def test_sources_that_differ_are_split_while_both_are_valid() -> None:
    rows = [row(0, ALWAYS, ALWAYS), row(1, 0, 1, source=1)]
    assert [(each.org, each.agreement) for each in reigns_of(rows, KINDS)] == [
        (0, "unanimous"),
        (NOBODY, "split"),
        (0, "unanimous"),
    ]


def test_a_list_of_kinds_speaks_of_the_kind_alone_and_a_mute_range_of_nothing() -> None:
    vpn = row(1, 0, 1, says=KIND, source=1, kind=1)
    assert [(each.kind, each.agreement) for each in reigns_of([row(0, 0, 1, kind=2), vpn], KINDS)] == [
        ("vpn", "unanimous"),
        ("datacentre", "stale"),
    ]
    assert reigns_of([vpn], KINDS) == [Reign(0, 1, NOBODY, "vpn", "unknown")]
    assert reigns_of([vpn, row(0, ALWAYS, ALWAYS, says=MUTE)], KINDS) == []


def test_many_dated_rows_cost_no_square_of_their_number() -> None:
    n = 10_000
    apart = [row(at % 2, 2 * at, 2 * at + 1) for at in range(n)]
    found = reigns_of(apart, KINDS)
    assert [each.agreement for each in found] == ["unanimous", "stale"] * n
    assert [each.org for each in found[::2]] == [at % 2 for at in range(n)]
    open_ended = [row(at, at, ALWAYS, source=0) for at in range(n)]
    assert reigns_of(open_ended, KINDS) == [
        Reign(0, 1, 0, "unknown", "unanimous"),
        Reign(1, ALWAYS, NOBODY, "unknown", "split"),
    ]


def test_of_rows_that_ended_the_last_and_the_narrowest_is_heard() -> None:
    wide = row(1, 0, 2)._replace(depth=1)
    assert [(each.org, each.agreement) for each in reigns_of([row(0, 0, 1), wide], KINDS)] == [
        (0, "unanimous"),
        (1, "unanimous"),
        (1, "stale"),
    ]
    together = [row(0, 0, 1), row(1, 0, 1)._replace(depth=1)]
    assert [each.org for each in reigns_of(together, KINDS)] == [0, 0]
