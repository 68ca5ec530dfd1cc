# SPDX-License-Identifier: Apache-2.0
"""Failures say where."""

import pytest

from swarmwitness.terms import InputError, MalformedMessage


def test_a_malformed_message_names_its_byte() -> None:
    error = MalformedMessage("no colon", 7)
    assert str(error) == "no colon (at byte 7)"
    assert isinstance(error, ValueError)


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ({}, "bad"),
        ({"file": "works.csv"}, "works.csv: bad"),
        ({"file": "works.csv", "line": 3, "field": "title"}, "works.csv:3 [title]: bad"),
        ({"field": "title"}, "[title]: bad"),
    ],
)
def test_an_input_error_names_file_line_and_field(place: dict[str, object], text: str) -> None:
    assert str(InputError("bad", **place)) == text  # type: ignore[arg-type]
