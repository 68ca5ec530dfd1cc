# SPDX-License-Identifier: Apache-2.0
"""JSON of any kind, and days in words."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from swarmwitness.attribution.sources import document
from swarmwitness.attribution.sources.document import day_in, documents, items, member, parsed, shown, text
from swarmwitness.attribution.sources.record import Refused


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("2025-04-02T00:00:00Z", dt.date(2025, 4, 2)),
        ("2025-04-02-00-53-07", dt.date(2025, 4, 2)),
        ("ServiceTags_Public_20250402.json", dt.date(2025, 4, 2)),
        ("rib.20250402.0000", dt.date(2025, 4, 2)),
        ("2025-13-02 2025_04_02", dt.date(2025, 4, 2)),
        ("2025-02-30", None),
        ("120250402", None),
        ("0000-01-01", None),
        ("", None),
    ],
)
def test_a_day_is_found_or_not(words: str, wanted: dt.date | None) -> None:
    assert day_in(words) == wanted


def test_nothing_is_trusted_to_be_of_a_type() -> None:
    value = parsed('{"a": {"b": ["c"]}, "d": 5}', 1)
    assert not isinstance(value, Refused)
    assert items(value, "a", "b") == ["c"]
    assert (member(value, "a", "x", "y"), text(value, "d"), items(value, "d")) == (None, "", [])
    assert (member([], "a"), text(None, "a"), items("x", "a")) == (None, "", [])
    assert shown({"a": "é" * 500})[:10] == '{"a": "\\u0'


def test_a_file_is_a_document_a_list_or_one_on_each_line(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for data, wanted in (
        ('{"a": 1}', [(1, {"a": 1})]),
        ('[{"a": 1}, 2]', [(1, {"a": 1}), (2, 2)]),
        ('{"a": 1}\n\n{"b": 2}\n', [(1, {"a": 1}), (3, {"b": 2})]),
    ):
        path.write_text(data)
        assert list(documents(path)) == wanted
    path.write_text('{"a": 1}\n{"b": \n')
    first, second = documents(path)
    assert first == (1, {"a": 1})
    assert isinstance(second, Refused)
    assert second.place == 2


def test_a_document_has_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "MAX_BYTES", 10)
    (tmp_path / "file").write_text('"' + "x" * 20 + '"')
    found = document.document(tmp_path / "file")
    assert isinstance(found, Refused)
    assert "more than 10 bytes" in found.reason
