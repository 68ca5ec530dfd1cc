# SPDX-License-Identifier: Apache-2.0
"""The kinds that speak about the log are among those that stay readable."""

from __future__ import annotations

import pytest

from swarmwitness.evidence.statement import PLAIN_KINDS, STATEMENT_KINDS, Statement


def test_what_speaks_about_the_log_stays_readable() -> None:
    assert set(STATEMENT_KINDS) < PLAIN_KINDS
    assert PLAIN_KINDS - set(STATEMENT_KINDS) == {"act"}


def test_a_statement_is_a_value() -> None:
    assert Statement(3, "time", b"{}") == Statement(3, "time", b"{}")
    with pytest.raises(AttributeError):
        Statement(3, "time", b"{}").index = 4  # type: ignore[misc]
