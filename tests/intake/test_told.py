# SPDX-License-Identifier: Apache-2.0
"""What a file says stands in messages between quotes that close, and nowhere else."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.intake.told import VALUE_CHARACTERS, WARNINGS_SHOWN, Unfit, shortened, told, told_name

HOSTILE = st.one_of(
    st.text(max_size=300),
    st.text(alphabet="'\"\\\n\x1b a1.\u202e\udc80", max_size=300),
    st.builds(
        lambda text, n: text * n, st.sampled_from(["'", '"', "\\", "203.0.113.9 ", "\n"]), st.just(10**5)
    ),
)


@given(HOSTILE)
def test_a_value_is_told_between_quotes_that_close(value: str) -> None:
    text = told(value)
    assert re.fullmatch(r"'[^']*'", text)
    assert text.isprintable()
    assert len(text) <= 10 * VALUE_CHARACTERS + 3
    cut = value[:VALUE_CHARACTERS] + "…" * (len(value) > VALUE_CHARACTERS)
    assert ast.literal_eval(text) == cut


@given(HOSTILE)
def test_without_what_is_quoted_a_reason_is_our_own_words(value: str) -> None:
    assert re.sub(r"'[^']*'", "", str(Unfit("not a number", value))) == "not a number: "


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"s/a.csv", "s/a.csv"),
        ("s/ü.csv".encode(), "s/ü.csv"),
        (b"s/\xff\xfe.csv", "s/\\xff\\xfe.csv"),
        (b"s/a\nb\x1b[31m.csv", "s/a\\nb\\x1b[31m.csv"),
        (b"s/a\\nb.csv", "s/a\\\\nb.csv"),
        ("s/\u202eexe.csv".encode(), "s/\\u202eexe.csv"),
    ],
)
def test_a_name_is_printable_and_no_other_files(raw: bytes, name: str) -> None:
    root = Path("/case")
    assert told_name(root / os.fsdecode(raw), root) == name
    assert told_name(Path("/elsewhere/b.csv"), root) == "b.csv"


@pytest.mark.parametrize(("n", "last"), [(0, None), (WARNINGS_SHOWN, "w"), (WARNINGS_SHOWN + 2, "2 more")])
def test_many_warnings_alike_are_counted(n: int, last: str | None) -> None:
    shown = shortened(["w"] * n)
    assert len(shown) == min(n, WARNINGS_SHOWN + 1)
    assert last is None or shown[-1].startswith(last)
