# SPDX-License-Identifier: Apache-2.0
"""The options of a scope."""

from pathlib import Path

import pytest

from swarmwitness.cli.filters import Filters
from swarmwitness.terms import InputError


def test_options_become_a_scope(case: Path) -> None:
    filters = Filters(info_hash=("AA" * 20,), work=("b", "a"), since="2025-01-01")
    expected = f'info_hash in ("{"aa" * 20}") and work in ("a","b") and since 2025-01-01T00:00:00.000000Z'
    assert filters.scope(case).to_text() == expected
    assert Filters(everything=True).scope(case).to_text() == "everything"


def test_saying_nothing_is_refused(case: Path) -> None:
    with pytest.raises(InputError, match="--everything"):
        Filters().scope(case)
