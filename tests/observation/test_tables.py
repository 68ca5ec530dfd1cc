# SPDX-License-Identifier: Apache-2.0
import datetime as dt

from swarmwitness.intake.taking import schema_of
from swarmwitness.observation import SCHEMA, Replayer, to_table
from swarmwitness.terms.columns import SIGHTINGS


def test_the_columns_are_those_of_interchange_and_of_intake() -> None:
    assert SCHEMA.names == [*(column.name for column in SIGHTINGS), "rung_basis"]
    assert SCHEMA.equals(schema_of("sightings"))


def test_rows_become_a_table(full_tape) -> None:
    replayer = Replayer("o")
    rows = [row for index, exhibit in full_tape.numbered for row in replayer.feed(index, exhibit)]
    table = to_table(rows)
    assert table.schema.equals(SCHEMA)
    assert table.num_rows == len(rows)
    first = table.slice(0, 1).to_pylist()[0]
    assert first["ip"] == rows[0].ip
    assert first["rung"] == int(rows[0].rung)
    assert first["rung_basis"] == "replayed"
    assert first["observed_at"] == dt.datetime.fromtimestamp(rows[0].observed_at / 1e6, dt.UTC)


def test_no_rows_are_a_table_too() -> None:
    assert to_table([]).schema.equals(SCHEMA)
    assert to_table(iter(())).num_rows == 0
