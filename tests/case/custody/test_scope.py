# SPDX-License-Identifier: Apache-2.0
"""Scopes: one line each, and the very exhibits that they mean."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.case.config import read_config
from swarmwitness.case.custody.scope import Scope, select
from swarmwitness.case.pseudonyms import Pseudonyms, pseudonyms_of
from swarmwitness.terms import InputError, MalformedMessage

LEECHER, DEAD, TRACKER = "198.51.100.8", "198.51.100.9", "192.0.2.80"


def scope_of(case: Any, **said: Any) -> Scope:
    config = read_config(case.root)
    return Scope.from_options(config, pseudonyms_of(case.root, config), **said)


def chosen(case: Any, whole: bool, **said: Any) -> str:
    config = read_config(case.root)
    found = select(case.root, config, scope_of(case, **said), whole_connections=whole)
    assert list(found) == [case.origin], "custody/ holds nothing that anybody saw"
    return found[case.origin].to_text()


def test_a_scope_is_one_line_with_pseudonyms_alone(observed: Any) -> None:
    scope = scope_of(
        observed,
        info_hashes=["AA" * 20],
        works=["w 1", 'w"2'],
        addresses=[LEECHER],
        sets=["corporate"],
        exhibits=["log:o/9", "log:o/3-3"],
        since="2025-01-01",
        until="2025-01-02T01:00:00+01:00",
    )
    pseudonym = pseudonyms_of(observed.root, read_config(observed.root)).of(LEECHER)
    assert scope.to_text() == (
        f'info_hash in ("{"aa" * 20}") and work in ("w 1","w\\"2") and address in ("{pseudonym}") and '
        'set in ("corporate") and exhibit in ("log:o/3","log:o/9") and '
        "since 2025-01-01T00:00:00.000000Z and until 2025-01-02T00:00:00.000000Z"
    )
    assert Scope.from_text(scope.to_text()) == scope
    assert scope_of(observed, addresses=[pseudonym]) == scope_of(observed, addresses=[LEECHER])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Everything",
        'work in ("a") and ',
        'work in ("a",)',
        "work in ()",
        'work in ("a") and work in ("b")',
        'since 2025-01-01T00:00:00.000000Z and work in ("a")',
        "since 2025-01-01T00:00:00Z",
        "since never",
        'what in ("a")',
        'exhibit in ("log:x")',
        'work in ("a\\q")',
        'work in ("' + "a" * (1 << 21) + '")',
    ],
)
def test_every_other_spelling_is_refused(text: str) -> None:
    with pytest.raises(MalformedMessage):
        Scope.from_text(text)


@given(st.text(max_size=60))
def test_no_text_does_anything_but_parse_or_fail(text: str) -> None:
    with contextlib.suppress(MalformedMessage):
        assert Scope.from_text(text).to_text() == text


@given(st.lists(st.text(min_size=1, max_size=8), max_size=3), st.integers(0, 4 * 10**15))
def test_what_is_told_is_read_back(works: list[str], since: int) -> None:
    scope = Scope(works=tuple(works), since=since)
    assert Scope.from_text(scope.to_text()) == scope


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({}, "everything"),
        ({"everything": True, "works": ["w1"]}, "no room"),
        ({"info_hashes": ["zz"]}, "--info-hash"),
        ({"addresses": ["somewhere"]}, "--address"),
        ({"sets": ["hidden"]}, "corporate"),
        ({"exhibits": ["log:x/2-1"]}, "--exhibit"),
        ({"exhibits": ["7"]}, "--exhibit"),
        ({"since": "yesterday"}, "--since"),
        ({"since": "2025-01-02", "until": "2025-01-01"}, "--until"),
        ({"works": [""]}, "--work"),
    ],
)
def test_what_is_unfit_is_named(observed: Any, said: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=named):
        scope_of(observed, **said)


def test_a_scope_shows_no_key(observed: Any) -> None:
    assert "key" not in repr(Pseudonyms(b"k" * 32))
