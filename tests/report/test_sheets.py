# SPDX-License-Identifier: Apache-2.0
"""The words of the common tables: no key twice, no jargon of our keys."""

from __future__ import annotations

from swarmwitness.report.sheets import SHEETS


def test_each_key_has_one_column_in_words() -> None:
    for sheets in SHEETS.values():
        columns = [column for sheet in sheets for column in sheet.columns]
        keys = [key for column in columns for key in (column.key, column.upto) if key]
        assert len(set(keys)) == len(keys)
        assert not [column.head for column in columns if "_" in column.head]
        assert {column.unit for column in columns} <= {"count", "share", "p", "years"}
        assert all(sheet.caption.endswith(".") for sheet in sheets)
