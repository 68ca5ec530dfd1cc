# SPDX-License-Identifier: Apache-2.0
"""The published schemas are the code's, are schemas, and tell good rows from bad ones."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from swarmwitness.intake.published import json_schema, publish
from swarmwitness.terms.columns import TABLES

PUBLISHED = Path(__file__).resolve().parents[2] / "docs" / "schemas"
HASH = "ab" * 20
GOOD = {"observed_at": "2020-01-01T00:00:00Z", "ip": "192.0.2.1", "info_hash": HASH}


def test_what_is_published_is_what_the_code_says(tmp_path: Path) -> None:
    publish(tmp_path)
    names = sorted(f"{table}.schema.json" for table in TABLES)
    assert sorted(file.name for file in PUBLISHED.iterdir()) == names
    for name in names:
        assert (PUBLISHED / name).read_text() == (tmp_path / name).read_text(), name


@pytest.mark.parametrize("table", sorted(TABLES))
def test_each_is_a_schema_that_knows_its_columns(table: str) -> None:
    schema = json.loads(json.dumps(json_schema(table)))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert list(schema["properties"]) == [column.name for column in TABLES[table]]


@pytest.mark.parametrize("more", [{}, {"rung": "piece"}, {"rung": 11}, {"port": None}, {"progress": 0.5}])
def test_good_rows_pass(more: dict[str, object]) -> None:
    jsonschema.validate(GOOD | more, json_schema("sightings"))
    assert set(GOOD | more) >= {"observed_at", "ip", "info_hash"}


@pytest.mark.parametrize(
    "more",
    [
        {"rung": 12},
        {"port": 0},
        {"port": 70000},
        {"progress": 1.5},
        {"info_hash": "ab"},
        {"source": "rumour"},
    ],
)
def test_bad_rows_fail(more: dict[str, object]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(GOOD | more, json_schema("sightings"))


def test_a_compulsory_column_is_compulsory() -> None:
    for column in GOOD:
        row = {name: value for name, value in GOOD.items() if name != column}
        with pytest.raises(jsonschema.ValidationError, match=column):
            jsonschema.validate(row, json_schema("sightings"))
