# SPDX-License-Identifier: Apache-2.0
"""The published JSON schema of every table, made from terms/columns.py and the rules of cells.

A row is a JSON object: text as strings, numbers as numbers, times and dates as strings, empty cells
as null or left out. `publish` writes docs/schemas; a test keeps the files and the code equal.
"""

from __future__ import annotations

import json
from pathlib import Path

from swarmwitness.intake.rules import FOREIGN, rule_of
from swarmwitness.terms.columns import TABLES, Column

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]
_FORMATS: dict[str, dict[str, Json]] = {
    "timestamp": {"type": "string", "format": "date-time"},
    "date": {"type": "string", "format": "date"},
    "ip": {"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]},
    "prefix": {"type": "string", "pattern": "^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$"},
    "text": {"type": "string"},
    "hex": {"type": "string", "pattern": "^([0-9A-Fa-f]{2})+$"},
    "int": {"type": "integer", "minimum": 0},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
}


def json_schema(table: str) -> dict[str, Json]:
    """The JSON schema (draft 2020-12) of one row of a table.

    Raises:
        KeyError: no table has that name.
    """
    columns = TABLES[table]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": table,
        "description": f"One row of {table}. A column may be added, never renamed or given another meaning.",
        "type": "object",
        "required": [column.name for column in columns if column.required],
        "properties": {column.name: _property(table, column) for column in columns},
        "additionalProperties": table in FOREIGN,
    }


def publish(folder: Path) -> None:
    """Write TABLE.schema.json for every table."""
    for table in TABLES:
        text = json.dumps(json_schema(table), indent=1, ensure_ascii=False) + "\n"
        (folder / f"{table}.schema.json").write_text(text, encoding="utf-8")


def _property(table: str, column: Column) -> dict[str, Json]:
    limits = {**_FORMATS[column.kind], **_limits(table, column)}
    if column.note:
        limits = {"description": column.note, **limits}
    if not column.required:
        kinds = limits["type"]
        limits["type"] = [*(kinds if isinstance(kinds, list) else [kinds]), "null"]
    return limits


def _limits(table: str, column: Column) -> dict[str, Json]:
    if table not in FOREIGN:
        return {}
    rule = rule_of(table, column)
    if rule.names:
        # A name may be written in any case, with - for _; the names themselves are in the terminology.
        high: dict[str, Json] = {"type": ["integer", "string"], "maximum": int(rule.high)}
        return {**high, "pattern": "^([A-Za-z_-]+|[0-9]{1,2})?$"}
    if rule.words:
        return {"enum": [*rule.words] if column.required else [*rule.words, None]}
    if rule.pattern or rule.lengths:
        hexes = "|".join(f"^[0-9A-Fa-f]{{{length}}}$" for length in rule.lengths)
        return {"pattern": hexes or f"^({rule.pattern})?$"}
    if column.kind in ("int", "float"):
        low: dict[str, Json] = {"minimum": int(rule.low)}
        return {**low, "maximum": int(rule.high)} if rule.high < 2**63 - 1 else low
    return {}
