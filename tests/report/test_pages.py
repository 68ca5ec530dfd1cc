# SPDX-License-Identifier: Apache-2.0
"""What every page has in common: escaped, visible, and nothing undefined."""

from __future__ import annotations

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from swarmwitness.report.pages import environment


def test_words_are_escaped_and_visible_and_markup_is_left_alone() -> None:
    template = environment().from_string("{{ word }}|{{ own }}")
    shown = template.render(word="<b>\u202e", own=Markup("<i>"))
    assert "<b>" not in shown
    assert "\u202e" not in shown
    assert shown.endswith("|<i>")


def test_what_is_not_defined_is_a_mistake() -> None:
    with pytest.raises(UndefinedError):
        environment().from_string("{{ nobody }}").render()
