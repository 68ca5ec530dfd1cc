# SPDX-License-Identifier: Apache-2.0
"""Printing: text is text, numbers are grouped, a pipe gets whole lines."""

from __future__ import annotations

import pytest

from swarmwitness.cli import show


@pytest.mark.parametrize(
    ("cell", "text"), [(1234567, "1,234,567"), (True, "yes"), (False, "no"), (None, ""), ("x", "x")]
)
def test_cells(cell: object, text: str) -> None:
    assert show.cell_text(cell) == text


def test_markup_in_a_title_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    show.print_table("[bold]t[/bold]", ("[red]a",), [["[link=x]y[/link]"]])
    show.say("[bold]z")
    printed = capsys.readouterr().out
    for text in ("[bold]t[/bold]", "[red]a", "[link=x]y[/link]", "[bold]z"):
        assert text in printed


def test_a_pipe_gets_whole_lines(capsys: pytest.CaptureFixture[str]) -> None:
    show.say("x" * 300)
    assert capsys.readouterr().out == "x" * 300 + "\n"


def test_a_title_does_not_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show.print_table("t", ("a",), [["x\x1b[2Ky\u202ez"]])
    show.say("\x1b[31mred\r")
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert "\u202e" not in printed
    assert "x\\x1b[2Ky\\u202ez" in printed
