# SPDX-License-Identifier: Apache-2.0
"""As of the date, and as of now."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmwitness.lab.asof import as_of_each_date, main, planted


def test_no_planted_contradiction_is_stated_as_certain() -> None:
    assert dict(planted(200, seed=7)) == {"split": 200}


@pytest.mark.shared
def test_the_dated_sample(shared: Path) -> None:
    rows = as_of_each_date(shared / "networks")
    assert sum(int(row["right"]) for row in rows) == sum(int(row["asked"]) for row in rows) == 15_000
    assert all(
        row["asked"] == int(row["now_right"]) + int(row["now_none"]) + int(row["now_wrong"]) for row in rows
    )
    assert int(rows[0]["now_wrong"]) > int(rows[-2]["now_wrong"]) > int(rows[-1]["now_wrong"]) == 0


def test_a_folder_must_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "FOLDER" in capsys.readouterr().err
