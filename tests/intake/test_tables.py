# SPDX-License-Identifier: Apache-2.0
"""Files in: every record is accepted or refused, and an unfit file is named."""

from __future__ import annotations

import hashlib
import io
import os
import re
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmwitness.intake.mapping import FileMapping
from swarmwitness.intake.tables import Taken, take_sightings, take_table
from swarmwitness.intake.taking import schema_of
from swarmwitness.terms import InputError

HASH = "ab" * 20
HEADER = "observed_at,ip,info_hash,port\n"
ROW = f"2020-01-01T00:00:00Z,192.0.2.1,{HASH},6881\n"


def take(
    folder: Path, files: Mapping[str, bytes], mapping: Mapping[str, FileMapping] | None = None, jobs: int = 2
) -> tuple[Taken, pa.Table]:
    for name, data in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    into = folder / "out.parquet"
    taken = take_sightings([folder / name for name in files], into, mapping=mapping, root=folder, jobs=jobs)
    return taken, pq.read_table(into)


def test_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    first, second = (HEADER + ROW + ROW).encode(), (HEADER + "x\n" + ROW).encode()
    taken, rows = take(tmp_path, {"b.csv": second, "a.csv": first})
    shas = [hashlib.sha256(data).hexdigest() for data in (first, second)]
    assert rows.column("exhibit").to_pylist() == [
        f"file:{shas[0]}#1",
        f"file:{shas[0]}#2",
        f"file:{shas[1]}#2",
    ]
    assert [(file.name, file.sha256, file.rows) for file in taken.files] == [
        ("a.csv", shas[0], 2),
        ("b.csv", shas[1], 2),
    ]
    assert taken.rejected.to_pylist() == [
        {"file": "b.csv", "line": 2, "reason": "1 field, the header has 4", "row": "x"}
    ]
    assert (taken.accepted, rows.schema.names) == (3, schema_of("sightings").names)


def test_names_zone_and_precision_are_mapped(tmp_path: Path) -> None:
    data = f"when;x,peer,info_hash\n2020-07-01 12:00:00,192.0.2.1,{HASH}\n".encode()
    mapping = {"v.csv": FileMapping({"observed_at": "when;x", "ip": "peer"}, "Europe/Berlin", 1.0)}
    taken, rows = take(tmp_path, {"v.csv": data}, mapping)
    (row,) = rows.to_pylist()
    assert (row["observed_at"].isoformat(), row["observed_at_precision_s"]) == (
        "2020-07-01T10:00:00+00:00",
        1.0,
    )
    assert taken.warnings == ()


def test_unknown_columns_are_left_out_and_said(tmp_path: Path) -> None:
    data = (HEADER.strip() + ",mood,exhibit\n" + ROW.strip() + ",fine,log:x/1\n").encode()
    taken, rows = take(tmp_path, {"a.csv": data})
    assert [warning.partition(": ")[2] for warning in taken.warnings] == [
        "columns left out: 'mood'",
        "its column exhibit is left out: its rows are exhibits themselves",
    ]
    assert rows.column("exhibit").to_pylist()[0].startswith("file:")


def test_a_header_cannot_speak_to_the_terminal(tmp_path: Path) -> None:
    names = ["\x1b[2J", "x" * 999, *(f"c{n}" for n in range(40))]
    data = (HEADER.strip() + "," + ",".join(names) + "\n").encode()
    taken, _ = take(tmp_path, {"a.csv": data})
    assert "\x1b" not in taken.warnings[0]
    assert taken.warnings[0].endswith(" and 22 more")
    assert len(taken.warnings[0]) < 300


def test_a_header_and_no_records(tmp_path: Path) -> None:
    taken, rows = take(tmp_path, {"a.csv": HEADER.encode()})
    assert (taken.accepted, rows.num_rows, taken.warnings) == (0, 0, ("a.csv: a header and no records",))


def parquet(**columns: list[object]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


UNFIT = [
    ({"a.csv": b""}, "a.csv", ""),
    ({"a.csv": b"ip,info_hash\n"}, "a.csv", "observed_at"),
    ({"a.csv": HEADER.encode().replace(b"port", b"ip")}, "a.csv", "ip"),
    ({"a.csv": HEADER.encode("utf-16")}, "a.csv", ""),
    ({"a.parquet": b"PAR1 and nothing more"}, "a.parquet", ""),
    ({"a.parquet": (HEADER + ROW).encode()}, "a.parquet", ""),
    ({"a.parquet": parquet(ip=["x"])}, "a.parquet", "observed_at"),
    ({"a.parquet": parquet(observed_at=["x"], ip=[["x"]], info_hash=["x"])}, "a.parquet", "ip"),
]


@pytest.mark.parametrize(("files", "name", "field"), UNFIT)
def test_an_unfit_file_is_named(tmp_path: Path, files: dict[str, bytes], name: str, field: str) -> None:
    with pytest.raises(InputError) as error:
        take(tmp_path, files)
    assert (error.value.file, error.value.field) == (name, field)


def test_a_missing_file_and_a_mapped_column_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.csv: cannot be read"):
        take_sightings([tmp_path / "gone.csv"], tmp_path / "o", root=tmp_path)
    with pytest.raises(InputError, match="'who'"):
        take(tmp_path, {"a.csv": (HEADER + ROW).encode()}, {"*": FileMapping({"collector": "who"})})


def test_other_tables_in_memory(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("prefix,org_id\n192.0.2.0/24,a\n192.0.2.1/24,a\n")
    (tmp_path / "two.csv").write_text("prefix,org_id,source\n192.0.2.0/24,b,registry\n")
    rows, rejected, warnings = take_table(
        "networks", [tmp_path / "one.csv", tmp_path / "two.csv"], root=tmp_path
    )
    # A table that names no source is one of its own, so that two files never count as one voice.
    assert rows.column("source").to_pylist() == ["one.csv", "registry"]
    assert rejected.column("line").to_pylist() == [3]
    assert warnings == ()
    with pytest.raises(ValueError, match="leases"):
        take_table("leases", [], root=tmp_path)


def test_the_number_of_threads_changes_nothing(tmp_path: Path) -> None:
    body = "".join(ROW if n % 5 else f"{n},x\n" for n in range(3000))
    one, rows_one = take(tmp_path, {"a.csv": (HEADER + body).encode()}, jobs=1)
    four, rows_four = take(tmp_path, {"a.csv": (HEADER + body).encode()}, jobs=4)
    assert one == four
    assert rows_one.equals(rows_four)


CELLS = {
    "observed_at": [
        "2020-01-01T00:00:00Z",
        "2020-01-01T00:00:00+01:00",
        "2020-02-30T00:00:00Z",
        "yesterday",
        "",
    ],
    "ip": ["192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1", "300.1.1.1", ""],
    "info_hash": [HASH, HASH.upper(), "ab" * 32, HASH[1:], "zz" * 20],
    "port": ["6881", "", "0", "70000", "x"],
}
BREAKERS = ["", ",,,,,,", '"', '"a"b,c,d,e', "\0,,,", "\ufffd,,,"]
row = st.tuples(*(st.sampled_from(cells) for cells in CELLS.values())).map(",".join)
quoted = st.tuples(*(st.sampled_from(cells) for cells in CELLS.values())).map(
    lambda cells: ",".join(f'"{cell}"' for cell in cells)
)


def judged(line: str) -> bool:
    """The oracle: which of the cells above are good is known, not worked out."""
    cells = line.replace('"', "").split(",")
    good = [set(values[:3]) for values in CELLS.values()]
    good[0].discard("2020-02-30T00:00:00Z")
    good[3] = {"6881", ""}
    return len(cells) == 4 and all(cell in allowed for cell, allowed in zip(cells, good, strict=True))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(row, row, quoted, st.sampled_from(BREAKERS)), max_size=40), st.booleans())
def test_every_record_is_accepted_or_refused(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], crlf: bool
) -> None:
    # A lone quote would reach for the next one; it is kept to the end, where it is one record.
    lines = [line for line in lines if line != '"'] + ['"'] * ('"' in lines)
    end = "\r\n" if crlf else "\n"
    data = (HEADER.strip() + end + "".join(line + end for line in lines)).encode()
    taken, rows = take(tmp_path_factory.getbasetemp(), {"h.csv": data}, jobs=1)
    records = [line for line in lines if line]
    good = [at + 1 for at, line in enumerate(records) if judged(line)]
    assert [int(text.partition("#")[2]) for text in rows.column("exhibit").to_pylist()] == good
    assert taken.accepted + taken.rejected.num_rows == len(records) == taken.files[0].rows
    numbers = [at + 2 for at, line in enumerate(lines) if line and not judged(line)]
    assert taken.rejected.column("line").to_pylist() == numbers


def test_a_header_is_told_between_quotes(tmp_path: Path) -> None:
    header = HEADER.strip() + ",203.0.113.7\x1b[31m'," + "x" * 10**5
    taken, _ = take(tmp_path, {"a.csv": f"{header}\n{ROW.strip()},,\n".encode()})
    (warning,) = taken.warnings
    assert re.sub(r"'[^']*'", "", warning) == "a.csv: columns left out: , "
    assert warning.isprintable()
    assert len(warning) < 300


def test_names_that_are_not_utf8_are_told(tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff\xfe.csv")
    taken, _ = take(tmp_path, {name: (HEADER + ROW + "x\n").encode()})
    assert taken.files[0].name == "\\xff\\xfe.csv"
    assert taken.rejected.column("file").to_pylist() == ["\\xff\\xfe.csv"]
    (tmp_path / name).write_text("")
    with pytest.raises(InputError, match=r"^\\xff\\xfe\.csv:1: empty"):
        take_sightings([tmp_path / name], tmp_path / "o", root=tmp_path)


def test_a_network_source_named_after_any_file(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"n'\xff.csv")
    path.write_text("prefix,org_id,asn\n192.0.2.0/24,o,1 2\n192.0.2.0/24,o,AS1\n")
    rows, rejected, _ = take_table("networks", [path], root=tmp_path)
    assert rows.column("source").to_pylist() == ["n'\\xff.csv"]
    assert [row["reason"].partition(":")[0] for row in rejected.to_pylist()] == ["asn"]


def test_a_parquet_file_of_any_name(tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff.parquet")
    cells = {"observed_at": ["2020-01-01T00:00:00Z"], "ip": ["192.0.2.1"], "info_hash": [HASH]}
    taken, rows = take(tmp_path, {name: parquet(**cells)})
    assert (taken.accepted, rows.num_rows) == (1, 1)


def test_more_bytes_than_a_peer_can_give_are_rejected(tmp_path: Path) -> None:
    rows = "".join(f"2020-01-01T00:00:00Z,192.0.2.1,{HASH},{n}\n" for n in (2**50, 2**50 + 1, 2**63 - 1))
    taken, _ = take(tmp_path, {"a.csv": f"observed_at,ip,info_hash,bytes_received\n{rows}".encode()})
    assert (taken.accepted, taken.rejected.num_rows) == (1, 2)
