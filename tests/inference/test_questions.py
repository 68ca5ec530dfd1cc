# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest

from swarmwitness.inference import QUESTIONS
from swarmwitness.inference.questions import question

METHODS = Path(__file__).resolve().parent.parent.parent / "docs" / "method"


def test_eighteen_questions_in_order() -> None:
    assert [q.number for q in QUESTIONS] == list(range(1, 19))
    assert question(9).hp == "one acquisition process feeds both"


def test_each_ratio_names_both_sides() -> None:
    assert all((q.hp is None) == (q.hd is None) for q in QUESTIONS)


def test_each_answered_question_has_its_page() -> None:
    for q in QUESTIONS:
        assert bool(q.answered) == bool(q.method)
        assert not q.method or (METHODS / f"{q.method}.md").is_file()


@pytest.mark.parametrize("number", [0, 19])
def test_there_is_no_other_question(number: int) -> None:
    with pytest.raises(ValueError, match="1-18"):
        question(number)
