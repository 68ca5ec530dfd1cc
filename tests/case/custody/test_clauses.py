# SPDX-License-Identifier: Apache-2.0
"""The values of a scope, one spelling each."""

from __future__ import annotations

import pytest

from swarmwitness.case.custody.clauses import canonical_reference, each, instant, reference, work_name
from swarmwitness.terms import InputError

SHA = "ab" * 32


@pytest.mark.parametrize(
    ("text", "parts", "spelled"),
    [
        ("log:a/b/7", ("log:a/b", 7, 7), "log:a/b/7"),
        ("log:a/b/7-7", ("log:a/b", 7, 7), "log:a/b/7"),
        ("log:a/b/007-9", ("log:a/b", 7, 9), "log:a/b/7-9"),
        (f"file:{SHA}#3", (f"file:{SHA}", 3, 3), f"file:{SHA}#3"),
        (f"file:{SHA}#3-4", (f"file:{SHA}", 3, 4), f"file:{SHA}#3-4"),
    ],
)
def test_references(text: str, parts: tuple[str, int, int], spelled: str) -> None:
    assert reference(text) == parts
    assert canonical_reference(text) == spelled


@pytest.mark.parametrize(
    "text",
    ["", "log:a", "log:a/", "log:a/-1", "log:a/2-1", "log:a b/1", "file:ab#1", f"file:{SHA}/1", "log:a/1 "],
)
def test_what_is_no_reference(text: str) -> None:
    with pytest.raises(ValueError, match=r"an exhibit is|ends before"):
        reference(text)


def test_values_are_sorted_once_and_trimmed() -> None:
    assert each("--work", [" b", "a", "b "], work_name) == ("a", "b")
    with pytest.raises(InputError, match="--work"):
        each("--work", ["a\nb"], work_name)


@pytest.mark.parametrize(
    ("text", "at"),
    [(None, None), ("1970-01-02", 86_400_000_000), ("1970-01-01T01:00:00+01:00", 0)],
)
def test_instants(text: str | None, at: int | None) -> None:
    assert instant("--since", text) == at


@pytest.mark.parametrize("text", ["1970-01-01T00:00:00", "1970-02-30", "now", ""])
def test_what_is_no_instant(text: str) -> None:
    with pytest.raises(InputError, match="--since"):
        instant("--since", text)
